/** Giving back the space of what no snapshot needs. In an order in which a crash at any point loses nothing. */
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { readCopies } from './copies.ts'
import { type IndexSurvey, surveyIndex, unlistPacks } from './index-survey.ts'
import { pacedReport } from './paced-report.ts'
import { readPackHeader } from './pack.ts'
import { type PruneFigures, type PruneLimits, type PrunePlan, planPrune } from './prune-plan.ts'
import { type MissedBlob, reachFrom } from './reach.ts'
import { type GivenBytes, storeAgain } from './store-again.ts'
import type { Vault } from './vault.ts'

export interface PruneOptions extends PruneLimits {
  /** Tells what would be done, and does nothing. */
  dryRun?: boolean
}

/** Blobs are moved in rounds of about this many bytes, so that a round needs no more room than that on the disk. */
const ROUND_BYTES = 256 * 1024 * 1024

/**
 * Removes packs of which nothing is needed and moves the rest of those that are largely unused into new ones.
 * The figures' `bytesFreed` is measured, in a dry run estimated.
 * @throws Problem `vault-damaged`, with nothing removed, when something that a snapshot needs is missing or cannot be
 *   read; `disk-full` when there is no room for a round of moves, after all that goes without moves; `vault-locked`.
 */
export async function prune(vault: Vault, options: PruneOptions, watch: Watch): Promise<PruneFigures> {
  return vault.withLock(options.dryRun ? 'shared' : 'exclusive', watch, async (inner) => {
    const survey = await surveyIndex(vault)
    const files = await packFiles(vault)
    const plan = await planFor(vault, survey, files, options, inner)
    if (options.dryRun) return plan.figures
    await readBackChosen(vault, survey, plan, inner)
    await removePacks(vault, plan.unindexed, inner)
    await dropPacks(vault, survey, plan.unused, inner)
    await repack(vault, survey, plan, inner)
    return { ...plan.figures, bytesFreed: bytesOf(files) - bytesOf(await packFiles(vault)) }
  })
}

async function planFor(
  vault: Vault,
  survey: IndexSurvey,
  files: ReadonlyMap<string, number>,
  limits: PruneLimits,
  watch: Watch,
): Promise<PrunePlan> {
  const { snapshots, unreadable } = await vault.snapshots()
  const damaged = [...unreadable.map(({ reason }) => reason), ...survey.damaged.values()]
  if (damaged.length > 0) throw notWhole(damaged[0]!)
  const reach = await reachFrom(vault, survey.index, snapshots, watch)
  const [tree] = [...reach.missed.filter(({ type }) => type === 'tree'), ...reach.unreadable]
  if (tree) throw notWhole(`The folder ${name(tree)} cannot be read.`)
  const plan = planPrune(survey.index, reach.used, files, limits)
  await refuseIfFound(vault, reach.missed, plan.unindexed)
  return plan
}

// Blobs that are lost for good must not keep the vault growing for ever. But if a pack that no index lists holds one
// of them, it is the index that lost something.
async function refuseIfFound(vault: Vault, missed: MissedBlob[], unindexed: string[]): Promise<void> {
  if (missed.length === 0) return
  const wanted = new Map(missed.map((blob) => [blob.id, blob]))
  for (const pack of unindexed) {
    for (const { id } of await readPackHeader(vault.storage, vault.sealer, pack)) {
      const blob = wanted.get(id)
      if (blob) throw notWhole(`The index does not list the pack that holds ${name(blob)}.`)
    }
  }
}

// A copy goes only when the one that stays has just been read.
async function readBackChosen(
  vault: Vault,
  { index }: IndexSurvey,
  plan: PrunePlan,
  watch: Watch,
): Promise<void> {
  for (const entry of plan.chosen) {
    stopIfAsked(watch)
    const place = index.place(entry)
    await readCopies(vault, place.type, place.id, [place])
  }
}

async function dropPacks(vault: Vault, survey: IndexSurvey, packs: string[], watch: Watch): Promise<void> {
  await unlistPacks(vault, survey, new Set(packs))
  await removePacks(vault, packs, watch)
}

async function removePacks(vault: Vault, packs: string[], watch: Watch): Promise<void> {
  const report = pacedReport(watch, vault.world)
  for (const [done, id] of packs.entries()) {
    stopIfAsked(watch)
    await vault.storage.remove('pack', id)
    const counts = { items: done + 1, itemsTotal: packs.length, bytes: 0, bytesTotal: null }
    report({ phase: 'Removing what is not needed', ...counts })
  }
}

async function repack(vault: Vault, survey: IndexSurvey, plan: PrunePlan, watch: Watch): Promise<void> {
  let moved = 0
  const report = pacedReport(watch, vault.world)
  const total = plan.repack.reduce((sum, pack) => sum + neededOf(survey, plan, pack).length, 0)

  async function* readNeeded(entries: number[]): AsyncGenerator<GivenBytes> {
    for (const entry of entries) {
      stopIfAsked(watch)
      const { type, id } = survey.index.place(entry)
      yield { type, bytes: await readCopies(vault, type, id, survey.index.findAll(type, id)) }
      const counts = { items: ++moved, itemsTotal: total, bytes: 0, bytesTotal: null }
      report({ phase: 'Moving what is needed together', ...counts })
    }
  }

  for (const round of rounds(survey, plan)) {
    const before = await packFiles(vault)
    try {
      await vault.writeBlobs(watch, (writer) => storeAgain(writer, readNeeded(round.entries)))
    } catch (error) {
      if (error instanceof Problem && error.code === 'disk-full') await takeBack(vault, survey, before)
      throw error
    }
    await survey.update()
    await dropPacks(vault, survey, round.packs, watch)
  }
}

/** The packs to write anew, in groups, with the entries that are needed of each group. */
function* rounds(survey: IndexSurvey, plan: PrunePlan): Generator<{ packs: string[]; entries: number[] }> {
  let packs: string[] = []
  let entries: number[] = []
  let bytes = 0
  for (const pack of plan.repack) {
    const needed = neededOf(survey, plan, pack)
    packs.push(pack)
    entries.push(...needed)
    bytes += needed.reduce((sum, entry) => sum + survey.index.place(entry).length, 0)
    if (bytes < ROUND_BYTES) continue
    yield { packs, entries }
    packs = []
    entries = []
    bytes = 0
  }
  if (packs.length > 0) yield { packs, entries }
}

/** The entries of a pack that are needed, in the order they lie in it. */
function neededOf({ index }: IndexSurvey, plan: PrunePlan, pack: string): number[] {
  const needed = index.entriesOf(pack).filter((entry) => plan.needed[entry])
  return needed.sort((a, b) => index.place(a).offset - index.place(b).offset)
}

// What a round without room has written are second copies; they take up the little room there is.
async function takeBack(
  vault: Vault,
  survey: IndexSurvey,
  before: ReadonlyMap<string, number>,
): Promise<void> {
  await survey.update()
  for (const [id, { packs }] of survey.files) {
    if (packs.every((pack) => !before.has(pack))) await vault.storage.remove('index', id)
  }
  await survey.update()
  const listed = new Set([...survey.files.values()].flatMap(({ packs }) => packs))
  for (const id of (await packFiles(vault)).keys()) {
    if (!before.has(id) && !listed.has(id)) await vault.storage.remove('pack', id)
  }
}

async function packFiles(vault: Vault): Promise<Map<string, number>> {
  return new Map((await vault.storage.list('pack')).map(({ id, size }) => [id, size]))
}

function bytesOf(files: ReadonlyMap<string, number>): number {
  return [...files.values()].reduce((sum, size) => sum + size, 0)
}

function name({ path, snapshot }: MissedBlob): string {
  return `“${path.join('/')}” in the backup of ${snapshot.time}`
}

function notWhole(why: string): Problem {
  return new Problem(
    'vault-damaged',
    `The vault is not whole, so nothing was removed from it. ${why}`,
    'Repair the vault first.',
  )
}
