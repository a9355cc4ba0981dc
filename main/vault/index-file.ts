/** Index files: documents that list packs and their blobs, so that no pack must be read to find a blob. */
import { Problem } from '../problem.ts'
import type { BlobType, Pack } from './pack.ts'
import type { Vault } from './vault.ts'

/** An index file is closed once it lists this many blobs, as restic's are. */
export const BLOBS_PER_INDEX_FILE = 10_000

interface StoredBlob {
  id: string
  type: BlobType
  offset: number
  length: number
  uncompressed_length?: number
}

/** The packs that an index file lists. @throws Problem `vault-damaged`, `not-found`. */
export async function readIndexFile(vault: Pick<Vault, 'readDocument'>, id: string): Promise<Pack[]> {
  const document = await vault.readDocument('index', id)
  const packs = isRecord(document) ? document.packs : undefined
  if (Array.isArray(packs) && packs.every(isPack)) return packs.map(toPack)
  throw new Problem('vault-damaged', `The index file ${id} is not valid.`, 'Rebuild the index.')
}

function toPack({ id, blobs }: { id: string; blobs: StoredBlob[] }): Pack {
  return {
    id,
    blobs: blobs.map(({ id, type, offset, length, uncompressed_length }) => {
      return { id, type, offset, length, uncompressedLength: uncompressed_length || null }
    }),
  }
}

// Checked by hand: a vault may list a million blobs, and every start waits for them.

function isPack(value: unknown): value is { id: string; blobs: StoredBlob[] } {
  return isRecord(value) && isId(value.id) && Array.isArray(value.blobs) && value.blobs.every(isBlob)
}

function isBlob(value: unknown): value is StoredBlob {
  return (
    isRecord(value) &&
    isId(value.id) &&
    (value.type === 'data' || value.type === 'tree') &&
    isLength(value.offset) &&
    isLength(value.length) &&
    (value.uncompressed_length === undefined || isLength(value.uncompressed_length))
  )
}

const ID = /^[0-9a-f]{64}$/
const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value)
const isLength = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >>> 0 === value
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Lists durable packs in as few index files as they need; resolves with the files' ids once those are durable. */
export async function writeIndexFiles(
  vault: Pick<Vault, 'writeDocument'>,
  packs: Iterable<Pack>,
): Promise<string[]> {
  const ids: string[] = []
  for (const group of indexFileGroups(packs)) ids.push(await writeIndexFile(vault, group))
  return ids
}

/** The packs in groups, of which each fills an index file. */
export function* indexFileGroups(packs: Iterable<Pack>): Generator<Pack[]> {
  let group: Pack[] = []
  let blobs = 0
  for (const pack of packs) {
    group.push(pack)
    blobs += pack.blobs.length
    if (blobs < BLOBS_PER_INDEX_FILE) continue
    yield group
    group = []
    blobs = 0
  }
  if (group.length > 0) yield group
}

/** Lists durable packs in one index file; resolves with its id once it is durable. */
export function writeIndexFile(vault: Pick<Vault, 'writeDocument'>, packs: Pack[]): Promise<string> {
  return vault.writeDocument('index', {
    packs: packs.map(({ id, blobs }) => ({
      id,
      blobs: blobs.map(({ id, type, offset, length, uncompressedLength }) => ({
        id,
        type,
        offset,
        length,
        ...(uncompressedLength !== null && { uncompressed_length: uncompressedLength }),
      })),
    })),
  })
}
