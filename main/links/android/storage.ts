/** Where a phone's files lie: in its own storage, and on memory cards that were put in. In the library, cards are folders of their names. */
import { posix } from 'node:path'
import type { Device } from './device.ts'

const OWN = '/sdcard'
const CARDS = '/storage'
/** A card is called by its volume's number. */
const CARD = /^[0-9A-F]{4}-[0-9A-F]{4}$/i

export interface Root {
  /** On the phone. */
  source: string
  /** In the library; empty for the phone's own storage. */
  path: string
}

/** The phone's own storage, then its cards. */
export async function listRoots(device: Device): Promise<Root[]> {
  const cards = (await device.list(CARDS)).filter(({ name }) => CARD.test(name))
  return [
    { source: OWN, path: '' },
    ...cards.map(({ name }) => ({ source: posix.join(CARDS, name), path: name })),
  ]
}

/**
 * Where a path of the library lies on the phone; what was on a card that is not there goes into the phone's own storage.
 * @returns null for a path that would lead elsewhere.
 */
export function placeOf(path: string, roots: readonly Root[]): string | null {
  const [first = '', ...rest] = path.split('/')
  const card = roots.find((root) => root.path !== '' && root.path === first)
  const below = CARD.test(first) ? rest.join('/') : path
  const place = posix.join(card?.source ?? OWN, below)
  return place === `${card?.source ?? OWN}/${below}` && below !== '' && !path.includes('\0') ? place : null
}
