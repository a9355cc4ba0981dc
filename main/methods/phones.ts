/** Methods on phones: pair, list, remove. */
import { davUrls } from '../links/dav/urls.ts'
import { Problem } from '../problem.ts'
import { listCollections } from '../replica/collections.ts'
import { countItemsAt } from '../replica/items.ts'
import { addPhone, findPhone, listPhones, type Phone, removePhone, renewPassword } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import type { Methods, Tools } from './methods.ts'

type PhoneMethods = Pick<Methods, 'phones.list' | 'phones.add' | 'phones.renewPassword' | 'phones.remove'>

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
  }
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
    names.length > 0 ? `These are paired: ${names.join(', ')}.` : 'Pair one with `sidekeep phones add NAME`.',
  )
}

function pairedPhone(replica: Replica, name: string): Phone {
  const phone = knownPhone(replica, name)
  if (phone.removedAt === null) return phone
  throw new Problem(
    'not-found',
    `“${phone.name}” is no longer paired.`,
    `Pair it again: phones add "${phone.name}".`,
  )
}
