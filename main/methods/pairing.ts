/** Methods on pairing: the computer's side of connecting a phone by QR code. */
import type { Output } from '../../preload/contract.ts'
import { PAGES_LABEL } from '../links/portal/fresh-passwords.ts'
import type { Device, PairedResult, Pairing } from '../links/portal/pairing.ts'
import { Problem } from '../problem.ts'
import type { Reach } from '../reach.ts'
import { openSession } from '../replica/browser-sessions.ts'
import { addPhone, freeName, listPhones, pairAgain } from '../replica/phones.ts'
import type { Reader } from '../replica/replica.ts'
import type { Methods, Tools } from './methods.ts'
import { knownPhone } from './phones.ts'

type PairingMethods = Pick<Methods, 'pairing.start' | 'pairing.show' | 'pairing.confirm' | 'pairing.refuse'>
type Wanted = { name: string } | { phone: string }

export function pairingMethods(tools: Tools): PairingMethods {
  const { replica, pairings, freshPasswords } = tools

  async function pair({ platform }: Device, as: Wanted): Promise<PairedResult> {
    const about = { platform, label: PAGES_LABEL }
    const { phone, password, credential, wasKnown } =
      'name' in as
        ? await addPhone(replica, as.name, about)
        : await pairAgain(replica, knownPhone(replica, as.phone).id, about)
    const session = await replica.write((tx) => openSession(tx, replica.world, phone.id))
    freshPasswords.keep(phone.id, { password, credential })
    return { phone, session, wasReset: wasKnown }
  }

  const described = (pairing: Pairing) => describe(replica, tools.reach(), pairing)
  return {
    'pairing.start': async () => {
      if (!tools.isServing()) {
        throw new Problem(
          'unreachable',
          'Nothing answers phones at the moment.',
          'Start it, in a window of its own: sidekeep serve.',
        )
      }
      return described(pairings.start())
    },
    'pairing.show': async ({ pairing }) => described(pairings.show(pairing)),
    'pairing.confirm': async ({ pairing, as }) =>
      described(await pairings.confirm(pairing, (device) => pair(device, as))),
    'pairing.refuse': async ({ pairing }) => described(pairings.refuse(pairing)),
  }
}

const CALLED = { iphone: 'iPhone', android: 'Android phone', other: 'Phone' }

function describe(reader: Reader, reach: Reach, pairing: Pairing): Output<'pairing.show'> {
  const { id, state, expiresAt, secret, claim, others, result } = pairing
  const { platform, name } = claim?.device ?? { platform: 'other', name: '' }
  const isOpen = state === 'waiting'
  return {
    ...{ id, state, expiresAt, others },
    links: isOpen ? linksFor(reach, secret) : [],
    words: isOpen ? secret : null,
    device: claim && { platform, name, code: claim.code },
    suggestedName: freeName(reader, name, CALLED[platform]),
    candidates: candidates(reader, claim?.device),
    phone: result && { ...result.phone, wasReset: result.wasReset },
  }
}

// An address works on any phone at once; a name may not, on an older Android. The secret is in the fragment, which no browser sends.
function linksFor({ url, welcomeUrls }: Reach, secret: string): string[] {
  const fragment = `#pair=${secret.replaceAll('-', '')}`
  if (welcomeUrls.length === 0) return [new URL(`/portal/${fragment}`, url).href]
  const byAddress = (base: string) => /^\w+:\/\/[\d[]/.test(base)
  const sorted = [...welcomeUrls.filter(byAddress), ...welcomeUrls.filter((base) => !byAddress(base))]
  return sorted.map((base) => new URL(`/${fragment}`, base).href)
}

function candidates(reader: Reader, device: Device | undefined): Output<'pairing.show'>['candidates'] {
  if (!device) return []
  const likeness = (phone: { name: string; platform: string }) =>
    Number(phone.platform === device.platform) * 2 +
    Number(device.name !== '' && phone.name.toLowerCase().includes(device.name.toLowerCase()))
  return listPhones(reader, true)
    .sort((a, b) => likeness(b) - likeness(a))
    .map(({ id, name, removedAt }) => ({ id, name, paired: removedAt === null }))
}
