/** Checking a vault: is everything there that its snapshots need, and, if asked, is every byte what was written? Changes nothing. */
import { stopIfAsked, type Watch } from '../progress.ts'
import { isUnreadable } from './copies.ts'
import { idOf } from './crypto.ts'
import { type IndexSurvey, surveyIndex } from './index-survey.ts'
import { pacedReport } from './paced-report.ts'
import { type BlobType, type PackedBlob, packSize } from './pack.ts'
import { inspectPack } from './pack-inspection.ts'
import { type MissedBlob, type Reach, reachFrom, type Whereabouts } from './reach.ts'
import type { Snapshot } from './snapshot.ts'
import type { FileKind } from './storage.ts'
import type { Vault } from './vault.ts'

/** An error: something cannot be restored or is damaged. A warning: it soon might. A hint: it only takes up space. */
export type Severity = 'error' | 'warning' | 'hint'

export type FindingKind =
  | 'config-damaged'
  | 'key-damaged'
  | 'index-damaged'
  | 'index-wrong'
  | 'snapshot-damaged'
  | 'pack-missing'
  | 'pack-size'
  | 'pack-damaged'
  | 'pack-mixed'
  | 'pack-unlisted'
  | 'content-missing'
  | 'folder-missing'
  | 'node-odd'

export interface Finding {
  kind: FindingKind
  severity: Severity
  /** A sentence for a person. */
  what: string
  /** The file of the vault that it is about. */
  file?: { kind: FileKind; id: string }
  /** What of which snapshot it is about. */
  at?: Whereabouts
}

export interface CheckOptions {
  /** Reads every byte of all packs, or of every n-th of them: part 1 to `of`, `of` at most 256. */
  readData?: boolean | { part: number; of: number }
}

export interface CheckReport {
  /** Nothing is wrong; hints may still be there. */
  ok: boolean
  findings: Finding[]
  snapshots: number
  packs: number
  /** Packs read to the last byte. */
  packsRead: number
  bytesRead: number
}

/** Checks the vault under a shared lock: backups may go on meanwhile. @throws Problem `vault-locked`. */
export function check(vault: Vault, { readData = false }: CheckOptions, watch: Watch): Promise<CheckReport> {
  return vault.withLock('shared', watch, async (inner) => {
    // Snapshots first: all that these need was indexed before they were written.
    const { snapshots, unreadable } = await vault.snapshots()
    const survey = await surveyIndex(vault)
    const files = new Map((await vault.storage.list('pack')).map(({ id, size }) => [id, size]))
    const findings = [
      ...(await checkWaysIn(vault)),
      ...unreadable.map(({ id, reason }) => damagedFile('snapshot', id, reason)),
      ...[...survey.damaged].map(([id, reason]) => damagedFile('index', id, reason)),
      ...checkPacks(survey, files),
    ]
    const reach = await reachFrom(vault, survey.index, snapshots, inner, { isLost: cutOff(survey, files) })
    findings.push(
      ...reach.missed.map(missing),
      ...reach.unreadable.map(unreadableFolder),
      ...reach.odd.map(oddNode),
    )
    const chosen = [...files.keys()].filter((id) => survey.index.hasPack(id) && isChosen(id, readData))
    const data = await checkData(vault, survey, chosen, inner)
    findings.push(...data.findings, ...(await nameLost(vault, survey, data.bad, snapshots, reach, inner)))
    return {
      ok: findings.every(({ severity }) => severity === 'hint'),
      findings,
      snapshots: snapshots.length,
      packs: files.size,
      packsRead: chosen.length,
      bytesRead: data.bytesRead,
    }
  })
}

// --- Config and keys

export async function checkWaysIn(vault: Vault): Promise<Finding[]> {
  const findings: Finding[] = []
  const note = (kind: 'config' | 'key', id: string, what: string) =>
    findings.push({ kind: `${kind}-damaged`, severity: 'error', what, file: { kind, id } })
  for (const { id } of await vault.storage.list('key')) {
    const isWhole = await holds(async () => idOf(await vault.storage.read('key', id)) === id)
    if (!isWhole)
      note('key', id, `The key ${short(id)} is damaged: its password or code may no longer open the vault.`)
  }
  const isConfigWhole = await holds(async () => {
    const { id } = JSON.parse(vault.sealer.open(await vault.storage.read('config', 'config')).toString()) as {
      id: unknown
    }
    return id === vault.id
  })
  if (!isConfigWhole)
    note('config', 'config', 'The file “config” is damaged; without it no program opens the vault.')
  return findings
}

async function holds(test: () => Promise<boolean>): Promise<boolean> {
  try {
    return await test()
  } catch (error) {
    if (isUnreadable(error)) return false
    throw error
  }
}

// --- Packs by what the index says of them

function checkPacks({ index }: IndexSurvey, files: ReadonlyMap<string, number>): Finding[] {
  const findings: Finding[] = []
  const note = (kind: FindingKind, severity: Severity, id: string, what: string) =>
    findings.push({ kind, severity, what, file: { kind: 'pack', id } })
  for (const id of index.packIds()) {
    const blobs = index.blobsOf(id)
    const size = files.get(id)
    const expected = packSize(blobs)
    if (size === undefined) note('pack-missing', 'error', id, `The pack ${short(id)} is missing.`)
    else if (!areContiguous(blobs))
      note('index-wrong', 'error', id, `The index lists parts of the pack ${short(id)} wrongly.`)
    else if (size !== expected) {
      note('pack-size', 'error', id, `The pack ${short(id)} has ${size} bytes, and should have ${expected}.`)
    } else if (new Set(blobs.map(({ type }) => type)).size > 1) {
      note(
        'pack-mixed',
        'hint',
        id,
        `The pack ${short(id)} holds both files and folders; a prune sorts them.`,
      )
    }
  }
  for (const id of files.keys()) {
    if (index.hasPack(id)) continue
    note(
      'pack-unlisted',
      'hint',
      id,
      `The pack ${short(id)} is not in the index; a backup wrote it and was cut off, or is still on.`,
    )
  }
  return findings
}

function areContiguous(blobs: PackedBlob[]): boolean {
  let end = 0
  for (const { offset, length } of blobs) {
    if (offset !== end) return false
    end = offset + length
  }
  return true
}

/** Tells blobs of which every copy lies in a missing pack or behind the end of one; undefined when there are none. */
function cutOff({ index }: IndexSurvey, files: ReadonlyMap<string, number>) {
  const isWhole = (id: string) => files.get(id) === packSize(index.blobsOf(id))
  if (index.packIds().every(isWhole)) return undefined
  return (type: BlobType, id: string) =>
    index.findAll(type, id).every(({ pack, offset, length }) => offset + length > (files.get(pack) ?? 0))
}

// --- Packs by their bytes

function isChosen(id: string, readData: boolean | { part: number; of: number }): boolean {
  if (typeof readData === 'boolean') return readData
  return Number.parseInt(id.slice(0, 2), 16) % readData.of === readData.part - 1
}

async function checkData(vault: Vault, { index }: IndexSurvey, packs: string[], watch: Watch) {
  const findings: Finding[] = []
  const bad = new Map<string, PackedBlob[]>()
  let bytesRead = 0
  const report = pacedReport(watch, vault.world)
  for (const [done, id] of packs.entries()) {
    stopIfAsked(watch)
    const inspection = await inspectPack(vault, id, index.blobsOf(id))
    bytesRead += inspection.bytesRead
    const file = { kind: 'pack', id } as const
    if (inspection.fault !== undefined) {
      const what = `The pack ${short(id)} is damaged: ${inspection.fault}.`
      findings.push({ kind: 'pack-damaged', severity: 'error', what, file })
    } else if (!inspection.isListedRight) {
      const what = `The index does not say what is in the pack ${short(id)}.`
      findings.push({ kind: 'index-wrong', severity: 'error', what, file })
    }
    if (inspection.bad.length > 0) bad.set(id, inspection.bad)
    report({
      phase: 'Reading all data',
      items: done + 1,
      itemsTotal: packs.length,
      bytes: bytesRead,
      bytesTotal: null,
    })
  }
  return { findings, bad, bytesRead }
}

/** The files whose content is damaged in every copy; folders were named when they could not be read. */
async function nameLost(
  vault: Vault,
  { index }: IndexSurvey,
  bad: ReadonlyMap<string, PackedBlob[]>,
  snapshots: Snapshot[],
  reach: Reach,
  watch: Watch,
): Promise<Finding[]> {
  if (bad.size === 0) return []
  const isBad = (type: BlobType, id: string, pack: string) =>
    bad.get(pack)?.some((blob) => blob.type === type && blob.id === id) ?? false
  const damaged = new Set<string>()
  for (const blob of [...bad.values()].flat()) {
    if (blob.type !== 'data') continue
    if (index.findAll('data', blob.id).every(({ pack }) => isBad('data', blob.id, pack))) damaged.add(blob.id)
  }
  if (damaged.size === 0) return []
  const isLost = (type: BlobType, id: string) => type === 'data' && damaged.has(id)
  const { missed } = await reachFrom(vault, index, snapshots, watch, { isLost })
  const known = new Set(reach.missed.map(({ id }) => id))
  return missed.filter(({ id }) => damaged.has(id) && !known.has(id)).map(missing)
}

// --- Words

export function damagedFile(kind: 'snapshot' | 'index', id: string, reason: string): Finding {
  return { kind: `${kind}-damaged`, severity: 'error', what: reason, file: { kind, id } }
}

export function missing({ type, snapshot, path }: MissedBlob): Finding {
  const at = { snapshot, path }
  if (type === 'tree')
    return { kind: 'folder-missing', severity: 'error', what: `The folder ${nameOf(at)} is not there.`, at }
  return {
    kind: 'content-missing',
    severity: 'error',
    what: `Content of ${nameOf(at)} is missing or damaged.`,
    at,
  }
}

export function unreadableFolder({ snapshot, path, reason }: MissedBlob & { reason: string }): Finding {
  const at = { snapshot, path }
  return {
    kind: 'folder-missing',
    severity: 'error',
    what: `The folder ${nameOf(at)} cannot be read: ${reason}`,
    at,
  }
}

function oddNode({ snapshot, path, reason }: Whereabouts & { reason: string }): Finding {
  const at = { snapshot, path }
  return { kind: 'node-odd', severity: 'error', what: `${nameOf(at)} cannot be restored: ${reason}.`, at }
}

/** As a person would say where something is. */
function nameOf({ snapshot, path }: Whereabouts): string {
  return `“/${path.join('/')}” in the snapshot of ${snapshot.time}`
}

function short(id: string): string {
  return id.slice(0, 8)
}
