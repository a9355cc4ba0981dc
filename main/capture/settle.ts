/**
 * What is gone from a source once a capture has seen all of it: single items are taken away here too, unless they are many, the device
 * was reset, or a whole list vanished. Then all stays until the owner says that it may go.
 */
import { deleteCollection } from '../replica/collections.ts'
import { countItemsAt, listItems, removeItem } from '../replica/items.ts'
import type { Replica, Transaction } from '../replica/replica.ts'
import { heldBackOf, holdBack, isMassDeletion, listHeldBack } from './held-back.ts'
import { type BoundSource, causeOf, forgetReset, listMirrors, type Mirror, noteVanished } from './sources.ts'

type Kind = Mirror['kind']

/** What a capture saw of one kind. */
export interface Seen {
  /** By collection: names of what was held and did not come. Only collections that were handed over. */
  missing: ReadonlyMap<number, readonly string[]>
  /** What the source has now, by its own ids; undefined when it did not tell. */
  listed: ReadonlySet<string> | undefined
}

export interface Settled {
  /** Items that were taken away. */
  gone: number
  /** Items that wait for the owner's word. */
  heldBack: number
  /** Names of lists and calendars that the source no longer has, and that wait too. */
  vanished: string[]
}

/** What is to become of one mirror. */
interface Verdict {
  mirror: Mirror
  /** Names of items to take away. */
  remove: readonly string[]
  /** Names of items that wait; undefined leaves those that do. */
  hold: readonly string[] | undefined
  isVanished: boolean
}

/**
 * @param accept the owner's word that all that is gone may go. @param keepBefore keeps the newest backup from before a loss.
 */
export async function settleKind(
  replica: Replica,
  source: BoundSource,
  kind: Kind,
  seen: Seen,
  accept: boolean,
  keepBefore: (tx: Transaction) => void,
): Promise<Settled> {
  const mirrors = presentMirrors(replica, source.key, kind)
  const verdicts = accept
    ? mirrors.map((mirror) => accepted(replica, source, mirror, seen))
    : guarded(replica, source, mirrors, seen)
  const gone = sum(verdicts, ({ remove }) => remove.length)
  const held = sum(mirrors, (mirror) => countItems(replica, mirror))
  const before = new Set(listHeldBack(replica, source.key).map(keyOf))
  const isNew = (collectionId: number, name: string) => !before.has(keyOf({ collectionId, name }))
  const isHeldAnew = verdicts.some(({ mirror, hold = [] }) =>
    hold.some((name) => isNew(mirror.collectionId, name)),
  )
  await replica.write((tx) => {
    if (isHeldAnew || (accept && isMassDeletion(gone, held))) keepBefore(tx)
    for (const verdict of verdicts) carryOut(tx, source, verdict, accept)
  })
  return {
    gone,
    heldBack: listHeldBack(replica, source.key).filter((one) => one.kind === kind).length,
    vanished: presentMirrors(replica, source.key, kind)
      .filter(({ vanishedAt }) => vanishedAt !== null)
      .map(({ displayName }) => displayName),
  }
}

/** How much of the source's contacts and events waits for the owner's word: all of it when the source came back empty. */
export function shareHeldBack(replica: Replica, { key }: BoundSource): 'none' | 'some' | 'all' {
  const held = listHeldBack(replica, key).length
  const mirrors = listMirrors(replica, key).filter(({ isPresent }) => isPresent)
  if (held === 0) return 'none'
  return held === sum(mirrors, (mirror) => countItems(replica, mirror)) ? 'all' : 'some'
}

/** What was held back is taken away, as its owner said, and the reset of the device is settled. @returns how many items went. */
export async function acceptHeldBack(
  replica: Replica,
  source: BoundSource,
  keepBefore: (tx: Transaction) => void,
): Promise<{ contacts: number; calendar: number }> {
  const nothing: Seen = { missing: new Map(), listed: undefined }
  const [contacts, calendar] = [
    await settleKind(replica, source, 'contacts', nothing, true, keepBefore),
    await settleKind(replica, source, 'calendar', nothing, true, keepBefore),
  ]
  await replica.write((tx) => forgetReset(tx, source.key))
  return { contacts: contacts.gone, calendar: calendar.gone }
}

function keyOf({ collectionId, name }: { collectionId: number; name: string }): string {
  return `${collectionId}/${name}`
}

function presentMirrors(replica: Replica, key: number, kind: Kind): Mirror[] {
  return listMirrors(replica, key).filter((one) => one.kind === kind && one.isPresent)
}

/** Vanished when the source tells what it has and this is not among it; when it tells nothing, as it was. */
function hasVanished({ capturedId, collectionId, vanishedAt }: Mirror, { missing, listed }: Seen): boolean {
  if (missing.has(collectionId)) return false
  return listed ? !listed.has(capturedId) : vanishedAt !== null
}

function accepted(replica: Replica, { key }: BoundSource, mirror: Mirror, seen: Seen): Verdict {
  const isVanished = hasVanished(mirror, seen)
  const isBack = mirror.vanishedAt !== null && !isVanished
  const remove = isVanished
    ? itemNames(replica, mirror)
    : // What a link did not look at again, for nothing changed there, may still wait.
      (seen.missing.get(mirror.collectionId) ?? (isBack ? [] : heldBackOf(replica, key, mirror.collectionId)))
  return { mirror, remove, hold: [], isVanished }
}

function guarded(
  replica: Replica,
  { key, resetAt }: BoundSource,
  mirrors: readonly Mirror[],
  seen: Seen,
): Verdict[] {
  const there = mirrors.filter((mirror) => !hasVanished(mirror, seen))
  const missing = sum(there, ({ collectionId }) => seen.missing.get(collectionId)?.length ?? 0)
  const held = sum(there, (mirror) => countItems(replica, mirror))
  const isHeldBack = missing > 0 && (resetAt !== null || isMassDeletion(missing, held))
  return mirrors.map((mirror): Verdict => {
    const { collectionId, vanishedAt } = mirror
    if (!there.includes(mirror)) {
      const names = itemNames(replica, mirror)
      return { mirror, remove: [], hold: names, isVanished: true }
    }
    const names = seen.missing.get(collectionId)
    if (!names) return { mirror, remove: [], hold: vanishedAt === null ? undefined : [], isVanished: false }
    // What waits for the owner's word goes on waiting, also when most of the rest came back.
    const waiting = new Set(heldBackOf(replica, key, collectionId))
    const hold = isHeldBack ? names : names.filter((name) => waiting.has(name))
    const remove = isHeldBack ? [] : names.filter((name) => !waiting.has(name))
    return { mirror, remove, hold, isVanished: false }
  })
}

function carryOut(
  tx: Transaction,
  source: BoundSource,
  { mirror, remove, hold, isVanished }: Verdict,
  accept: boolean,
): void {
  const { collectionId } = mirror
  for (const name of remove) removeItem(tx, collectionId, name, causeOf(source))
  if (hold) holdBack(tx, source.key, collectionId, hold)
  // A list with nothing in it takes nothing along.
  const isLetGo = isVanished && (accept || hold?.length === 0)
  if (isLetGo) deleteCollection(tx, collectionId)
  noteVanished(tx, source.key, collectionId, isVanished && !isLetGo)
}

function itemNames(replica: Replica, { collectionId }: Mirror): string[] {
  return listItems(replica, collectionId).map(({ name }) => name)
}

function countItems(replica: Replica, { collectionId }: Mirror): number {
  return countItemsAt(replica, collectionId, replica.lastSeq())
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0)
}
