/** Mending a vault: its index from the packs, its packs from what is whole in them, and what is lost from wherever it still is. */
import { stopIfAsked, type Watch } from '../progress.ts'
import { openBlob } from './blob.ts'
import { type BlobIndex, createBlobIndex } from './blob-index.ts'
import { checkWaysIn, damagedFile, type Finding, missing, unreadableFolder } from './check.ts'
import { idOf } from './crypto.ts'
import { packsOf, replaceIndexFiles, surveyIndex, unlistPacks } from './index-survey.ts'
import { pacedReport } from './paced-report.ts'
import type { PackedBlob } from './pack.ts'
import { inspectPack } from './pack-inspection.ts'
import { type MissedBlob, reachFrom } from './reach.ts'
import { type GivenBytes, storeAgain } from './store-again.ts'
import type { Vault } from './vault.ts'

/** Gives bytes by their SHA-256 from elsewhere, such as the files that were backed up; undefined when it has none. */
export type BlobSource = (id: string) => Promise<Uint8Array | undefined>

export interface RepairResult {
  /** What was done, as sentences; empty when the vault was whole. */
  done: string[]
  /** What could not be brought back. */
  lost: Finding[]
}

/** What reading every pack has shown. */
interface PackStates {
  /** What really is in the packs. */
  index: BlobIndex
  /** Blobs of damaged packs, and which of those are bad. */
  damaged: Map<string, { blobs: PackedBlob[]; bad: PackedBlob[] }>
  /** Packs that the index lists wrongly or not at all. */
  wronglyListed: number
}

/**
 * Reads the whole vault and repairs what is damaged. Nothing that can still be read is dropped before it is stored
 * anew, so that it may be cut off at any point and started again.
 * @throws Problem `vault-locked`, `disk-full`.
 */
export function repair(vault: Vault, source: BlobSource, watch: Watch): Promise<RepairResult> {
  return vault.withLock('exclusive', watch, async (inner) => {
    const result: RepairResult = { done: [], lost: [] }
    const states = await readAllPacks(vault, inner)
    result.done.push(...(await mendIndex(vault, states)))
    result.done.push(...(await salvage(vault, states, inner)))
    await removeDamagedSnapshots(vault, result)
    await refill(vault, source, result, inner)
    result.lost.push(...(await checkWaysIn(vault)))
    return result
  })
}

async function readAllPacks(vault: Vault, watch: Watch): Promise<PackStates> {
  const { index: listed } = await surveyIndex(vault)
  const states: PackStates = { index: createBlobIndex(), damaged: new Map(), wronglyListed: 0 }
  const report = pacedReport(watch, vault.world)
  const packs = await vault.storage.list('pack')
  let bytes = 0
  for (const [done, { id, size }] of packs.entries()) {
    stopIfAsked(watch)
    const { fault, blobs, bad, isListedRight } = await inspectPack(vault, id, listed.blobsOf(id))
    if (blobs.length > 0) states.index.add({ id, blobs })
    if (fault !== undefined) states.damaged.set(id, { blobs, bad })
    else if (!isListedRight) states.wronglyListed++
    bytes += size
    report({ phase: 'Reading all data', items: done + 1, itemsTotal: packs.length, bytes, bytesTotal: null })
  }
  return states
}

// Damaged packs stay listed until what is whole in them is stored anew.
async function mendIndex(vault: Vault, { index, wronglyListed }: PackStates): Promise<string[]> {
  const survey = await surveyIndex(vault)
  const missingPacks = survey.index.packIds().filter((id) => !index.hasPack(id))
  if (survey.damaged.size === 0 && missingPacks.length === 0 && wronglyListed === 0) return []
  const old = [...survey.files.keys(), ...survey.damaged.keys()]
  await replaceIndexFiles(vault, old, packsOf(index, index.packIds()))
  return [
    `The index was made anew from ${count(index.packIds().length, 'pack')}.`,
    ...missingPacks.map((id) => `The pack ${id} was missing and is no longer in the index.`),
  ]
}

async function salvage(vault: Vault, states: PackStates, watch: Watch): Promise<string[]> {
  const { damaged } = states
  if (damaged.size === 0) return []
  const done: string[] = []
  await vault.writeBlobs(watch, (writer) => storeAgain(writer, readGood(vault, states, done, watch)))
  await unlistPacks(vault, await surveyIndex(vault), new Set(damaged.keys()))
  for (const pack of damaged.keys()) await vault.storage.remove('pack', pack)
  return done
}

/** The blobs of damaged packs that are whole there and in no other pack. */
async function* readGood(
  vault: Vault,
  { index, damaged }: PackStates,
  done: string[],
  watch: Watch,
): AsyncGenerator<GivenBytes> {
  const given = new Set<string>()
  for (const [pack, { blobs, bad }] of damaged) {
    const good = blobs.filter((blob) => !bad.includes(blob))
    for (const blob of good) {
      stopIfAsked(watch)
      const { type, id, offset, length } = blob
      const isElsewhere = index.findAll(type, id).some((place) => !damaged.has(place.pack))
      if (isElsewhere || given.has(`${type} ${id}`)) continue
      const box = await vault.storage.read('pack', pack, { offset, length })
      yield { type, bytes: openBlob(vault.sealer, blob, box) }
      given.add(`${type} ${id}`)
    }
    const safe =
      good.length > 0
        ? `${good.length} of its ${count(blobs.length, 'part')} are safe in other packs`
        : 'nothing in it could be read'
    done.push(`The pack ${pack} was damaged and is gone; ${safe}.`)
  }
}

// Only bits that fell over are beyond doubt: a document that is whole but not understood may be a newer program's.
async function removeDamagedSnapshots(vault: Vault, { done, lost }: RepairResult): Promise<void> {
  const { unreadable } = await vault.snapshots()
  for (const { id, reason } of unreadable) {
    lost.push(damagedFile('snapshot', id, reason))
    if (idOf(await vault.storage.read('snapshot', id)) === id) continue
    await vault.storage.remove('snapshot', id)
    done.push(`The snapshot ${id} was damaged and was removed; all others stay.`)
  }
}

/** Asks the source for what the snapshots lack. A folder that comes back may lack things itself, so it is asked again. */
async function refill(
  vault: Vault,
  source: BlobSource,
  { done, lost }: RepairResult,
  watch: Watch,
): Promise<void> {
  const { snapshots } = await vault.snapshots()
  const given = new Set<string>()
  for (;;) {
    const { index } = await surveyIndex(vault)
    const reach = await reachFrom(vault, index, snapshots, watch)
    const before = given.size
    const lacked = [...reach.missed, ...reach.unreadable]
    await vault.writeBlobs(watch, (writer) => storeAgain(writer, ask(source, lacked, given, watch)))
    if (given.size > before) continue
    if (given.size > 0) done.push(`${count(given.size, 'part')} were stored anew from what is still at hand.`)
    lost.push(...reach.missed.map(missing), ...reach.unreadable.map(unreadableFolder))
    return
  }
}

/** What the source gives of the lacked blobs; notes those in `given`. */
async function* ask(
  source: BlobSource,
  lacked: MissedBlob[],
  given: Set<string>,
  watch: Watch,
): AsyncGenerator<GivenBytes> {
  for (const { type, id } of lacked) {
    stopIfAsked(watch)
    if (given.has(`${type} ${id}`)) continue
    const bytes = await source(id)
    if (bytes === undefined) continue
    if (idOf(bytes) !== id) throw new Error(`the source gave something else for ${id}`)
    yield { type, bytes }
    given.add(`${type} ${id}`)
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
