/**
 * Brings what was captured elsewhere into the accounts that the phone has with us, from where its next sync fetches it: on another
 * phone, say, or when the account it came from is no more.
 */
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { type Collection, listCollections } from '../replica/collections.ts'
import { readCalendar } from '../replica/index/calendar.ts'
import { readContact } from '../replica/index/vcard.ts'
import type { Reader } from '../replica/replica.ts'
import { itemKey, type Scope } from './plan.ts'
import type { Point, PointItem } from './point.ts'

/**
 * The point's mirrors, as parts of the phone's own first book and calendars. What several hold under one UID comes once.
 * @throws Problem `not-found` when the phone has no own collection that can take them.
 */
export async function mirrorsIntoAccount(
  reader: Reader,
  phoneId: string,
  point: Point,
  { kinds, collections, items: chosen }: Scope,
  watch: Watch,
): Promise<Point> {
  const own = listCollections(reader, phoneId).filter(({ origin }) => origin === 'ours')
  const targets = new Map<number, { collection: Collection; items: Map<string, PointItem> }>()
  const seen = new Set<string>()
  for (const { saved, items } of point.collections) {
    const { kind, name: mirror } = saved
    if (saved.origin !== 'mirror' || kind === 'files') continue
    if ((kinds && !kinds.includes(kind)) || (collections && !collections.includes(mirror))) continue
    for (const item of items) {
      stopIfAsked(watch)
      if (chosen && !chosen.has(itemKey(saved, item.name))) continue
      const bytes = await item.bytes()
      const { uid, component } =
        kind === 'contacts' ? { ...readContact(bytes), component: '' } : readCalendar(bytes)
      const identity = `${kind} ${component} ${uid ?? item.name}`
      if (seen.has(identity)) continue
      seen.add(identity)
      const collection = own.find((one) => one.kind === kind && takes(one, component))
      if (!collection) throw noPlace(saved.displayName)
      const target = targets.get(collection.id) ?? { collection, items: new Map() }
      targets.set(collection.id, target)
      const name = target.items.has(item.name) ? `${target.items.size}-${item.name}` : item.name
      target.items.set(name, { ...item, name })
    }
  }
  const filled = [...targets.values()].map(({ collection, items }) => {
    const { kind, name, origin, displayName, components } = collection
    const saved = { kind, name, origin, displayName, components, properties: [] }
    return { saved, folders: [], items: [...items.values()] }
  })
  return { ...point, collections: filled }
}

function takes({ components }: Collection, component: string): boolean {
  return component === '' || components.length === 0 || components.includes(component)
}

function noPlace(displayName: string): Problem {
  return new Problem(
    'not-found',
    `The phone has no account here that could take “${displayName}”.`,
    'Pair the phone again, which makes its accounts.',
  )
}
