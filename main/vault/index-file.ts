/** Index files: documents that list packs and their blobs, so that no pack must be read to find a blob. */
import { z } from 'zod'
import { Problem } from '../problem.ts'
import type { Pack } from './pack.ts'
import type { Vault } from './vault.ts'

/** An index file is closed once it lists this many blobs, as restic's are. */
export const BLOBS_PER_INDEX_FILE = 50_000

const Id = z.string().regex(/^[0-9a-f]{64}$/)
const Whole = z.int().min(0).max(0xffff_ffff)
const IndexFile = z.object({
  packs: z.array(
    z.object({
      id: Id,
      blobs: z.array(
        z.object({
          id: Id,
          type: z.enum(['data', 'tree']),
          offset: Whole,
          length: Whole,
          uncompressed_length: Whole.optional(),
        }),
      ),
    }),
  ),
})

/** The packs that an index file lists. @throws Problem `vault-damaged`, `not-found`. */
export async function readIndexFile(vault: Pick<Vault, 'readDocument'>, id: string): Promise<Pack[]> {
  const parsed = IndexFile.safeParse(await vault.readDocument('index', id))
  if (!parsed.success) {
    throw new Problem('vault-damaged', `The index file ${id} is not valid.`, 'Rebuild the index.', {
      cause: parsed.error,
    })
  }
  return parsed.data.packs.map((pack) => ({
    id: pack.id,
    blobs: pack.blobs.map(({ uncompressed_length, ...blob }) => ({
      ...blob,
      uncompressedLength: uncompressed_length || null,
    })),
  }))
}

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
