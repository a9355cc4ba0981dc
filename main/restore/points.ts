/** The points that a phone may look at: the backups that hold it, and what the computer holds now. Reading one keeps no backup waiting. */
import { LRUCache } from 'lru-cache'
import { type PhoneContents, readContents } from '../backup/contents.ts'
import { Problem } from '../problem.ts'
import { wholeSnapshots } from '../replica/history.ts'
import { listPhones, type Phone } from '../replica/phones.ts'
import type { Replica } from '../replica/replica.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { Vault } from '../vault/vault.ts'
import { historyPoint } from './history-point.ts'
import type { Point, PointSummary, Points } from './point.ts'
import { snapshotPoint } from './snapshot-point.ts'

export interface PointsSettings {
  replica: Replica
  /** @throws Problem while the vault cannot be opened. */
  openVault: () => Promise<Vault>
  log: (message: string, error: unknown) => void
}

// A few hundred bytes each.
const CONTENTS_KEPT = 5000
// Each lists every item of a phone: some 20 MB where it has 50,000.
const POINTS_KEPT = 2
const POINTS_KEPT_FOR = 10 * 60_000

export function createPoints({ replica, openVault, log }: PointsSettings): Points {
  // By the root tree's id, which stands for its content: what is in here stays true for ever.
  const contents = new LRUCache<string, PhoneContents[]>({ max: CONTENTS_KEPT })
  const opened = new LRUCache<string, Promise<Point>>({
    max: POINTS_KEPT,
    ttl: POINTS_KEPT_FOR,
    ttlAutopurge: true,
    updateAgeOnGet: true,
  })

  async function findContents(
    vault: Vault,
    { tree }: Snapshot,
    phone: Phone,
  ): Promise<PhoneContents | undefined> {
    const held = contents.get(tree) ?? (await readContents(vault, tree))
    contents.set(tree, held)
    return held.find(({ phoneId }) => phoneId === phone.id) ?? held.find((one) => isOfOldComputer(one, phone))
  }

  // A phone that was paired anew with a new computer gets what it had by its name; never what is another phone's here.
  function isOfOldComputer({ name, phoneId }: PhoneContents, phone: Phone): boolean {
    return name === phone.name && !listPhones(replica, true).some(({ id }) => id === phoneId)
  }

  async function openSnapshot(phone: Phone, id: string): Promise<Point> {
    const vault = await openVault()
    const { snapshots } = await vault.snapshots()
    // Pinning a backup gives it a new id.
    const snapshot = snapshots.find((one) => one.id === id || one.original === id)
    const held = snapshot && (await findContents(vault, snapshot, phone))
    if (!held) throw new Problem('not-found', 'That backup is not there.', 'Choose another one.')
    return snapshotPoint(replica, vault, snapshot, held.name)
  }

  return {
    async list(phone) {
      const vault = await openVault()
      const { snapshots } = await vault.snapshots()
      const whole = wholeSnapshots(replica, vault.id)
      const points: PointSummary[] = []
      for (const snapshot of snapshots.toReversed()) {
        const held = await findContents(vault, snapshot, phone).catch((error: unknown) => {
          // One that is damaged must not take the others along; nothing is promised of it.
          log(`The backup ${snapshot.id} cannot be listed`, error)
          return undefined
        })
        if (!held) continue
        const { contacts, events, photos } = held
        const at = Date.parse(snapshot.time)
        points.push({ id: snapshot.id, at, contacts, events, photos, isWhole: whole.has(snapshot.id) })
      }
      return points
    },
    async open(phone, id) {
      if (id === undefined) return historyPoint(replica, phone.id, replica.lastSeq(), replica.world.now())
      const key = `${phone.id} ${id}`
      const known = opened.get(key)
      if (known) return known
      const opening = openSnapshot(phone, id)
      opened.set(key, opening)
      opening.catch(() => opened.delete(key))
      return opening
    },
  }
}
