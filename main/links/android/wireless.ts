/** Phones with wireless debugging on: found by what they announce in the network, paired by their code, and connected, all by the ADB server. */
import { AdbServerClient } from '@yume-chan/adb'
import { Problem } from '../../problem.ts'

/** Where a phone listens, as its settings show it. */
export const WIRELESS_ADDRESS = /^(?:[\w.-]+|\[[\da-f:.%]+\]):\d{1,5}$/i

/** As phones announce them by mDNS; their ports change each time wireless debugging is switched on. */
const SERVICES = { pairing: '_adb-tls-pairing._tcp', address: '_adb-tls-connect._tcp' }

export interface WirelessOptions {
  /** Left out, the one phone that announces itself is meant. */
  address?: string | undefined
  /** Where the phone takes the code; `find` for the one phone that shows a code. */
  pairing?: string | undefined
  /** As the phone shows it; with none the phone knows this computer already. */
  code?: string | undefined
}

/** Connects a phone, pairing it before where there is a code. @returns its address. @throws Problem that says what is in the way. */
export async function connectWireless(client: AdbServerClient, options: WirelessOptions): Promise<string> {
  const { code } = options
  const pairingAt = options.pairing === 'find' ? undefined : options.pairing
  for (const given of [options.address, pairingAt]) if (given !== undefined) checkAddress(given)
  if (options.pairing && !code) {
    throw new Problem(
      'wrong-password',
      'The phone shows a code beside the address for pairing.',
      'Enter its six digits.',
    )
  }
  if (code) {
    const pairing = pairingAt ?? (await discover(client, 'pairing'))
    await client.wireless.pair(pairing, code).catch((error: unknown) => {
      throw notLetIn(error)
    })
  }
  const address = options.address ?? (await discover(client, 'address'))
  try {
    await client.wireless.connect(address)
  } catch (error) {
    if (error instanceof AdbServerClient.AlreadyConnectedError) return address
    if (code || error instanceof AdbServerClient.UnauthorizedError) throw notLetIn(error)
    throw new Problem(
      'unreachable',
      'The phone cannot be reached at this address.',
      'Check that it is on the same Wi-Fi with wireless debugging on; its address changes each time it is switched on.',
      { cause: error },
    )
  }
  return address
}

/** @throws Problem `bad-input` */
export function checkAddress(given: string): void {
  if (WIRELESS_ADDRESS.test(given)) return
  throw new Problem(
    'bad-input',
    'This is no address of a phone.',
    'Give it as the phone shows it under “Wireless debugging”, such as 192.168.1.7:37099.',
  )
}

/** The address of the one phone that announces the service. */
async function discover(client: AdbServerClient, kind: keyof typeof SERVICES): Promise<string> {
  const announced = await client.mDns.getServices()
  const found = new Set(
    announced
      .filter(({ service }) => service.replace(/\.$/, '') === SERVICES[kind])
      .map(({ address }) => address),
  )
  const [only] = found
  if (only !== undefined && found.size === 1 && WIRELESS_ADDRESS.test(only)) return only
  const places = found.size > 1 ? ` (${[...found].join(', ')})` : ''
  throw new Problem(
    'not-found',
    found.size > 1 ? 'Several phones announce themselves here.' : 'No phone announces itself here.',
    kind === 'pairing'
      ? `Choose “Pair device with pairing code” on the phone, and give the address that it shows as \`pairing\`${places}.`
      : `Switch wireless debugging on, and give the address that the phone shows as \`address\`${places}.`,
  )
}

function notLetIn(cause: unknown): Problem {
  return new Problem(
    'not-allowed',
    'The phone did not let this computer in.',
    'Choose “Pair device with pairing code” on the phone, and give the address and the code that it shows.',
    { cause },
  )
}
