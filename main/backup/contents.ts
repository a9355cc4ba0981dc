/** What a snapshot says it holds of each phone, read from the phones' own files in it. */
import { findNode, readFileBytes, readTree } from '../vault/extract.ts'
import type { Vault } from '../vault/vault.ts'
import { PHONE_FILE, readPhoneFile, type SavedCollection } from './layout.ts'

export interface PhoneContents {
  /** Its folder: what the phone was called at the time. */
  name: string
  phoneId: string
  contacts: number
  /** Tasks included. */
  events: number
  photos: number
}

/** @param tree the snapshot's root. @throws Problem `vault-damaged`. */
export async function readContents(vault: Vault, tree: string): Promise<PhoneContents[]> {
  const phones: PhoneContents[] = []
  for (const { name, subtree } of await readTree(vault, tree)) {
    const file = subtree ? await findNode(vault, subtree, [PHONE_FILE]) : undefined
    if (!file) continue
    const { phone, collections } = readPhoneFile(await readFileBytes(vault, file))
    phones.push({ name, phoneId: phone.id, ...countHoldings(collections) })
  }
  return phones
}

function countHoldings(collections: SavedCollection[]) {
  const count = (wanted: SavedCollection['kind']) =>
    collections.filter(({ kind }) => kind === wanted).reduce((sum, { items }) => sum + items, 0)
  return { contacts: count('contacts'), events: count('calendar'), photos: count('files') }
}
