/** All index files of a vault, in whatever state they are: what each lists, and which cannot be read. */
import { type BlobIndex, createBlobIndex } from './blob-index.ts'
import { isUnreadable } from './copies.ts'
import { BLOBS_PER_INDEX_FILE, readIndexFile, writeIndexFiles } from './index-file.ts'
import type { Pack } from './pack.ts'
import type { Vault } from './vault.ts'

export interface IndexSurvey {
  /** All that the readable files list, also what was listed by those that are gone since. */
  readonly index: BlobIndex
  /** The readable files. */
  readonly files: ReadonlyMap<string, { packs: string[]; blobs: number }>
  /** Those that cannot be read, with the reason. */
  readonly damaged: ReadonlyMap<string, string>
  /** Reads the files that came since and forgets those that went. */
  update(): Promise<void>
}

export async function surveyIndex(vault: Vault): Promise<IndexSurvey> {
  const index = createBlobIndex()
  const files = new Map<string, { packs: string[]; blobs: number }>()
  const damaged = new Map<string, string>()

  async function update(): Promise<void> {
    const listed = new Set((await vault.storage.list('index')).map(({ id }) => id))
    for (const known of [files, damaged]) {
      for (const id of [...known.keys()].filter((id) => !listed.has(id))) known.delete(id)
    }
    for (const id of listed) {
      if (files.has(id) || damaged.has(id)) continue
      try {
        const packs = await readIndexFile(vault, id)
        for (const pack of packs) index.add(pack)
        const blobs = packs.reduce((sum, pack) => sum + pack.blobs.length, 0)
        files.set(id, { packs: packs.map((pack) => pack.id), blobs })
      } catch (error) {
        if (!isUnreadable(error)) throw error
        damaged.set(id, (error as Error).message)
      }
    }
  }

  await update()
  return { index, files, damaged, update }
}

/** This many files with few blobs are joined into one. */
const MANY_FILES = 10
const FEW_BLOBS = BLOBS_PER_INDEX_FILE / 50

/**
 * Takes packs out of the index: files that list one of them are written anew without it, and then removed. Many small
 * files are joined on the way. At every moment each other pack is listed. Only under the exclusive lock.
 */
export async function unlistPacks(
  vault: Vault,
  survey: IndexSurvey,
  doomed: ReadonlySet<string>,
): Promise<void> {
  const files = [...survey.files].map(([id, file]) => ({ id, ...file }))
  const small = files.filter(({ blobs }) => blobs < FEW_BLOBS)
  const stale = files.filter(({ packs }) => packs.some((pack) => doomed.has(pack)))
  const old = new Set([...stale, ...(small.length >= MANY_FILES ? small : [])])
  const packs = new Set([...old].flatMap((file) => file.packs).filter((pack) => !doomed.has(pack)))
  await replaceIndexFiles(
    vault,
    [...old].map(({ id }) => id),
    packsOf(survey.index, packs),
  )
  await survey.update()
}

/** Writes the packs into new index files and, once those are durable, removes the old ones. */
export async function replaceIndexFiles(
  vault: Vault,
  old: Iterable<string>,
  packs: Iterable<Pack>,
): Promise<void> {
  await writeIndexFiles(vault, packs)
  for (const id of old) await vault.storage.remove('index', id)
}

export function* packsOf(index: BlobIndex, ids: Iterable<string>): Generator<Pack> {
  for (const id of ids) yield { id, blobs: index.blobsOf(id) }
}
