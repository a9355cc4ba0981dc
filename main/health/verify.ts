/** Proves that what we hold is whole: the vault, the index, and the photos on disk; by reading every byte if asked. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Output } from '../../preload/contract.ts'
import { type Progress, stopIfAsked, type Watch } from '../progress.ts'
import { getCollection } from '../replica/collections.ts'
import { filePath } from '../replica/files.ts'
import { readFile } from '../replica/open-file.ts'
import type { Replica } from '../replica/replica.ts'
import { check } from '../vault/check.ts'
import type { Vault } from '../vault/vault.ts'

type Finding = Output<'verify'>['findings'][number]

/** Changes nothing. `ok` means that nothing is damaged or missing, as far as was read. */
export async function verifyAll(
  replica: Replica,
  vault: Vault,
  readData: boolean,
  watch: Watch,
): Promise<Output<'verify'>> {
  const startedAt = replica.world.now()
  const inVault = await check(vault, { readData }, watch)
  const inReplica = await checkReplica(replica, readData, watch)
  const findings = [
    ...inVault.findings.map(({ severity, what }) => ({ severity, what })),
    ...inReplica.findings,
  ]
  return {
    ok: findings.every(({ severity }) => severity === 'hint'),
    readData,
    snapshots: inVault.snapshots,
    packs: inVault.packs,
    bytesRead: inVault.bytesRead + inReplica.bytesRead,
    photos: inReplica.photos,
    findings,
    seconds: (replica.world.now() - startedAt) / 1000,
  }
}

async function checkReplica(replica: Replica, readData: boolean, watch: Watch) {
  const findings: Finding[] = []
  for (const row of replica.statement('PRAGMA quick_check').all()) {
    if (row.quick_check !== 'ok') findings.push({ severity: 'error', what: `The index: ${row.quick_check}.` })
  }
  if (readData) findings.push(...checkBodies(replica))
  const photos = await checkPhotos(replica, readData, watch)
  return { ...photos, findings: [...findings, ...photos.findings] }
}

function* checkBodies(replica: Replica): Generator<Finding> {
  const rows = replica
    .statement('SELECT collection_id, name, hash, body FROM versions WHERE body IS NOT NULL')
    .iterate()
  for (const { collection_id, name, hash, body } of rows) {
    if (sha256(body as Uint8Array) === hash) continue
    const book = getCollection(replica, Number(collection_id))?.displayName
    yield { severity: 'error', what: `“${name}” in “${book}” is not what the phone sent.` }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function checkPhotos(replica: Replica, readData: boolean, watch: Watch) {
  const files = replica.statement('SELECT id, path, hash, size FROM photo_files').all()
  const progress: Progress = {
    phase: 'Checking photos',
    items: 0,
    itemsTotal: files.length,
    bytes: 0,
    bytesTotal: readData ? files.reduce((sum, { size }) => sum + Number(size), 0) : null,
  }
  const findings: Finding[] = []
  for (const { id, path, hash, size } of files) {
    stopIfAsked(watch)
    const trouble = await troubleWith(replica, Number(id), String(hash), Number(size), readData)
    if (trouble) findings.push({ severity: 'error', what: `The photo ${path} ${trouble}.` })
    progress.items++
    if (readData) progress.bytes += Number(size)
    watch.report?.({ ...progress })
  }
  return { findings, photos: files.length, bytesRead: progress.bytes }
}

async function troubleWith(
  replica: Replica,
  fileId: number,
  hash: string,
  size: number,
  readData: boolean,
): Promise<string | undefined> {
  const found = await stat(filePath(replica, fileId)).catch(() => undefined)
  if (!found) return 'is missing from the disk'
  if (found.size !== size) return `has ${found.size} bytes instead of ${size}`
  if (!readData) return undefined
  const actual = createHash('sha256')
  try {
    for await (const chunk of readFile(replica, fileId)) actual.update(chunk as Uint8Array)
  } catch (error) {
    return `cannot be read (${(error as Error).message})`
  }
  return actual.digest('hex') === hash ? undefined : 'is not what the phone sent'
}
