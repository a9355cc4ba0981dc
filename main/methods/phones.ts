/** Methods on phones: pair, list, remove. */
import { davUrls } from '../links/dav/urls.ts'
import { Problem } from '../problem.ts'
import { closeSessionsOf } from '../replica/browser-sessions.ts'
import { listCollections } from '../replica/collections.ts'
import { listCredentials, revokeCredential } from '../replica/credentials.ts'
import { countItemsAt } from '../replica/items.ts'
import { listServices } from '../replica/phone-services.ts'
import { addPhone, findPhone, listPhones, type Phone, removePhone, renewPassword } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import type { Methods, Tools } from './methods.ts'

type PhoneMethods = Pick<
  Methods,
  | 'phones.list'
  | 'phones.add'
  | 'phones.renewPassword'
  | 'phones.remove'
  | 'phones.credentials'
  | 'phones.revokeCredential'
  | 'phones.services'
>

export function phoneMethods({ replica, reach }: Tools): PhoneMethods {
  const paired = ({ id, name, user }: Phone, password: string) => {
    return { id, name, user, password, ...davUrls(reach().url, user) }
  }
  return {
    'phones.list': async () => listPhones(replica).map((phone) => described(replica, phone)),
    'phones.add': async ({ name }) => {
      const { phone, password } = await addPhone(replica, name)
      return paired(phone, password)
    },
    'phones.renewPassword': async ({ phone: name }) => {
      const phone = pairedPhone(replica, name)
      return paired(phone, await renewPassword(replica, phone.id))
    },
    'phones.remove': async ({ phone: name }) => {
      const phone = pairedPhone(replica, name)
      await replica.write((tx) => removePhone(tx, phone.id))
      return described(replica, phone)
    },
    'phones.credentials': async ({ phone }) => listCredentials(replica, pairedPhone(replica, phone).id),
    'phones.revokeCredential': async ({ phone: name, credential }) => {
      const phone = pairedPhone(replica, name)
      await replica.write((tx) => {
        if (!revokeCredential(tx, phone.id, credential)) throw noCredential(phone, credential)
        // Its browsers could make a new one in its place.
        closeSessionsOf(tx, phone.id)
      })
      return listCredentials(replica, phone.id)
    },
    'phones.services': async ({ phone: name }) => {
      return listServices(replica, pairedPhone(replica, name).id)
    },
  }
}

function noCredential({ name }: Phone, credential: number): Problem {
  return new Problem(
    'not-found',
    `“${name}” has no password with the number ${credential}.`,
    `See which it has: sidekeep phones apps "${name}".`,
  )
}

function described(replica: Replica, { id, name, user, addedAt }: Phone) {
  const now = replica.lastSeq()
  const items = listCollections(replica, id).reduce((sum, one) => sum + countItemsAt(replica, one.id, now), 0)
  return { id, name, user, addedAt, items }
}

/** @throws Problem `not-found` when no phone of that name was ever paired. */
export function knownPhone(replica: Replica, name: string): Phone {
  const phone = findPhone(replica, name)
  if (phone) return phone
  const names = listPhones(replica).map((one) => `“${one.name}”`)
  throw new Problem(
    'not-found',
    `There is no phone called “${name}”.`,
    names.length > 0 ? `These are paired: ${names.join(', ')}.` : 'Pair one with: sidekeep pair',
  )
}

function pairedPhone(replica: Replica, name: string): Phone {
  const phone = knownPhone(replica, name)
  if (phone.removedAt === null) return phone
  throw new Problem(
    'not-found',
    `“${phone.name}” is no longer paired.`,
    `Pair it again: sidekeep pair --as "${phone.name}"`,
  )
}
