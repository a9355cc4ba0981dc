/** What a phone holds as its owner sees it, to be compared with what it held at another time or what another phone holds. */
import { type PhoneStore, visibleItems, visiblePhotos } from './phone-store.ts'

/** `contacts/<name>`, `events/<name>`, `tasks/<name>` or `photos/<path>` to the bytes and, for photos, the time. */
export type Contents = Map<string, string>

/** In the order of their names. */
export function contentsOf(store: PhoneStore): Contents {
  const all: [string, string][] = []
  for (const kind of ['contacts', 'events', 'tasks'] as const) {
    for (const { name, data } of visibleItems(store, kind))
      all.push([`${kind}/${name}`, data.toString('latin1')])
  }
  for (const { path, data, modifiedAt } of visiblePhotos(store)) {
    all.push([`photos/${path}`, `${modifiedAt} ${data.toString('latin1')}`])
  }
  const contents = new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)))
  if (contents.size < all.length) throw new Error('The phone holds two items of one name.')
  return contents
}

export interface Comparison {
  /** Byte for byte, and for photos of the same time. */
  same: number
  different: string[]
  missing: string[]
  added: string[]
}

/** Compares all that begins with `prefix`, such as `photos/`. */
export function compareContents(before: Contents, after: Contents, prefix = ''): Comparison {
  const within = (contents: Contents): string[] =>
    [...contents.keys()].filter((name) => name.startsWith(prefix))
  const kept = within(before).filter((name) => after.has(name))
  const different = kept.filter((name) => before.get(name) !== after.get(name))
  return {
    same: kept.length - different.length,
    different,
    missing: within(before).filter((name) => !after.has(name)),
    added: within(after).filter((name) => !before.has(name)),
  }
}
