/** Finds the point in time that a person means: the newest snapshot, one by its id, or whatever holds a moment best. */
import { BEFORE_RESTORE } from '../backup/backup.ts'
import { Problem } from '../problem.ts'
import { isHeldAt, seqAtTime } from '../replica/history.ts'
import type { Phone } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import { findNode } from '../vault/extract.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { Vault } from '../vault/vault.ts'
import { historyPoint } from './history-point.ts'
import type { Point } from './point.ts'
import { savedCollections, snapshotPoint } from './snapshot-point.ts'

/**
 * @param at undefined for the newest backup from before a loss (see `newestWhole`); `latest` for the very newest; a snapshot's id or
 *   the start of one (4 signs at least); or a time, such as `2026-11-22`, `2026-11-22 14:30` (this computer's time zone) or
 *   `2026-11-22T14:30:00Z`.
 * @throws Problem `not-found` when nothing holds that point, `bad-input` when it can't be understood.
 */
export async function choosePoint(
  replica: Replica,
  vault: Vault,
  phone: Phone,
  at: string | undefined,
): Promise<Point> {
  const snapshots = await newestFirst(vault)
  const named = at === undefined ? await newestWhole(vault, snapshots, phone.name) : byId(snapshots, at)
  if (named) return snapshotPoint(replica, vault, named, phone.name)
  const time = parseTime(at!)
  // The change log knows every moment; a snapshot only its own.
  const seq = seqAtTime(replica, time)
  if (seq > 0 && phone.addedAt <= time && isHeldAt(replica, phone.id, seq)) {
    return historyPoint(replica, phone.id, seq, time)
  }
  return snapshotPoint(replica, vault, byTime(snapshots, time), phone.name)
}

/** The snapshot that `at` means; the same words as `choosePoint`. */
export async function chooseSnapshot(
  vault: Vault,
  at: string | undefined,
  phoneName?: string,
): Promise<Snapshot> {
  const snapshots = await newestFirst(vault)
  if (at === undefined && phoneName !== undefined) return newestWhole(vault, snapshots, phoneName)
  return byId(snapshots, at ?? 'latest') ?? byTime(snapshots, parseTime(at!))
}

async function newestFirst(vault: Vault): Promise<Snapshot[]> {
  return (await vault.snapshots()).snapshots.toReversed()
}

// Backups go on after a phone came back empty, and the newest then holds the emptiness: whoever restores wants the one before it.
const LOOK_BACK = 200

/**
 * The newest snapshot that holds at least half of what the phone ever had in the last ones; those taken right before a restore hold
 * what it was to mend, and don't count while there are others.
 */
async function newestWhole(vault: Vault, snapshots: Snapshot[], phoneName: string): Promise<Snapshot> {
  const ordinary = snapshots.filter(({ tags }) => !tags.includes(BEFORE_RESTORE))
  const candidates = (ordinary.length > 0 ? ordinary : snapshots).slice(0, LOOK_BACK)
  const held = await Promise.all(candidates.map((snapshot) => countHeld(vault, snapshot, phoneName)))
  const most = Math.max(0, ...held)
  const chosen = candidates.find((_, at) => held[at]! * 2 >= most)
  if (chosen) return chosen
  throw noBackup()
}

async function countHeld(vault: Vault, snapshot: Snapshot, phoneName: string): Promise<number> {
  const root = await findNode(vault, snapshot.tree, [phoneName])
  if (!root?.subtree) return 0
  return (await savedCollections(vault, root.subtree)).reduce((sum, { items }) => sum + items, 0)
}

function noBackup(): Problem {
  return new Problem('not-found', 'There is no backup yet.', 'Run `sidekeep backup` first.')
}

/** The newest, or the one whose id, of now or from before it was pinned, begins so; undefined when `at` is no id of one. */
function byId(snapshots: Snapshot[], at: string): Snapshot | undefined {
  if (at === 'latest') {
    if (snapshots[0]) return snapshots[0]
    throw noBackup()
  }
  const found = /^[0-9a-f]{4,64}$/i.test(at)
    ? snapshots.filter(({ id, original }) => [id, original].some((one) => one?.startsWith(at.toLowerCase())))
    : []
  if (found.length > 1)
    throw new Problem('bad-input', `Several snapshots begin with “${at}”.`, 'Give more of its id.')
  return found[0]
}

function byTime(snapshots: Snapshot[], time: number): Snapshot {
  const before = snapshots.find((snapshot) => Date.parse(snapshot.time) <= time)
  if (before) return before
  const oldest = snapshots.at(-1)
  throw new Problem(
    'not-found',
    'Nothing is held from that time.',
    oldest ? `The oldest backup is of ${oldest.time}.` : 'There is no backup yet.',
  )
}

// A day alone means its end: what one had on that day.
function parseTime(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const time = Date.parse(day ? `${text}T23:59:59.999` : text.replace(' ', 'T'))
  if (Number.isNaN(time)) {
    throw new Problem(
      'bad-input',
      `“${text}” is neither a snapshot nor a time.`,
      'Give the start of a snapshot’s id (see `sidekeep snapshots`) or a time such as 2026-11-22 14:30.',
    )
  }
  return time
}
