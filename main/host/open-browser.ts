/** Opens an address in the browser of this computer; apart, as few commands need what it loads. */
import open from 'open'

/** Resolves once the browser was asked; whether it shows anything is not known. */
export async function openBrowser(address: string): Promise<void> {
  await open(address)
}
