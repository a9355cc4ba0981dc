/** Restoring to a folder: all of a tree or what is wanted of it, every blob checked, each file whole or not there at all. */
import { rm, utimes } from 'node:fs/promises'
import { ownMemory } from '../memory.ts'
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { createWorkerPool } from '../workers/worker-pool.ts'
import type { BlobPlace } from './blob-index.ts'
import { isUnreadable } from './copies.ts'
import { BOX_OVERHEAD } from './crypto.ts'
import { readTree } from './extract.ts'
import { findLocal, planExtraction, SOMETHING_ELSE, type WantedFile } from './extract-plan.ts'
import type { ExtractJobs, ExtractWorkerData, Piece, PieceOutcome } from './extract-worker.ts'
import { toSeconds } from './local-name.ts'
import { pacedReport } from './paced-report.ts'
import type { PackedBlob } from './pack.ts'
import { refusalIn } from './refusal.ts'
import type { TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

export interface ExtractOptions {
  /** Which nodes are wanted; nothing below a folder that is not. All, if it is left out. */
  filter?: (path: string[], node: TreeNode) => boolean
}

export interface ExtractResult {
  /** Files restored, and their bytes. */
  files: number
  bytes: number
  /** Files that were there already with the same content. */
  alreadyThere: number
  /** What could not be restored, and why. */
  skipped: { path: string[]; reason: string }[]
}

/** A file at work, and how many of its pieces are not written yet. */
interface OpenFile extends WantedFile {
  left: number
  failure: string | undefined
}

type FilePiece = Piece & { blob: BlobPlace; file: OpenFile }

/** Pieces that lie close together in a pack and are read at once. */
interface PackRead {
  pack: string
  offset: number
  length: number
  pieces: FilePiece[]
}

const SCRIPT = new URL('./extract-worker.ts', import.meta.url)
const LANES = 4
const WINDOW_FILES = 1024
const WINDOW_BYTES = 128 * 1024 * 1024
const READ_LENGTH = 8 * 1024 * 1024
const READ_OVER = 64 * 1024
const READ_PIECES = 64
// What making a file costs apart from its bytes, in bytes' worth of time.
const FILE_COST = 64 * 1024

/**
 * Restores what is below a tree. A file is written under a temporary name and renamed when it is whole, with its time and
 * permissions; one that is there with the same content is left alone, so that an interrupted restore goes on where it was.
 * @param folder is made if need be.
 * @throws Problem `disk-full`, `cancelled`. What cannot be restored for its own sake is listed in the result.
 */
export async function extractTo(
  vault: Vault,
  treeId: string,
  folder: string,
  options: ExtractOptions,
  watch: Watch,
): Promise<ExtractResult> {
  const { filter = () => true } = options
  const index = await vault.index()
  const result: ExtractResult = { files: 0, bytes: 0, alreadyThere: 0, skipped: [] }
  const totals = watch.report ? await countWanted(vault, treeId, filter) : { items: null, bytes: null }
  const report = pacedReport(watch, vault.world)
  const skip = (path: string[], reason: string) => result.skipped.push({ path, reason })
  const plan = planExtraction(vault, treeId, folder, filter, skip, watch)
  const data: ExtractWorkerData = { masterKey: vault.masterKey }
  const pool = createWorkerPool<ExtractJobs, Record<string, never>>(SCRIPT, () => data, {})

  async function* reads(): AsyncGenerator<PackRead> {
    for await (const window of windows(plan.files())) {
      const pieces: FilePiece[] = []
      await Promise.all(
        window.map(async (wanted) => {
          if (!wanted.isFresh && (await isSettled(wanted))) return
          pieces.push(...(await openFile(wanted)))
        }),
      )
      yield* groupReads(pieces)
    }
  }

  /** Whether what is at the file's place stays there. */
  async function isSettled({ path, content, target }: WantedFile): Promise<boolean> {
    const found = await findLocal(target.path).catch((error: unknown) => ({ refused: refusalIn(error) }))
    if (!found) return false
    if ('refused' in found || !found.isFile()) {
      skip(path, 'refused' in found ? found.refused : SOMETHING_ELSE)
      return true
    }
    const blobs = content.map((id) => ({ id, length: plainLength(index.find('data', id)) }))
    if (
      found.size !== target.size ||
      !(await pool.run('hasBlobs', { path: target.path, blobs }, target.size))
    ) {
      return false
    }
    if (Math.floor(found.mtimeMs) !== target.modifiedAt) {
      const time = toSeconds(target.modifiedAt)
      await utimes(target.path, time, time).catch(refusalIn)
    }
    result.alreadyThere++
    return true
  }

  async function openFile(wanted: WantedFile): Promise<FilePiece[]> {
    const file: OpenFile = { ...wanted, left: wanted.content.length, failure: undefined }
    if (file.left === 0) {
      await finish(file)
      return []
    }
    let position = 0
    const pieces: FilePiece[] = []
    for (const id of wanted.content) {
      const blob = index.find('data', id)
      if (!blob) {
        skip(wanted.path, `The vault has lost a part of it, the blob ${id}.`)
        return []
      }
      const isWholeFile = wanted.content.length === 1
      pieces.push({ blob, at: 0, target: wanted.target, position, isWholeFile, file })
      position += plainLength(blob)
    }
    return pieces
  }

  async function restore({ pack, offset, length, pieces }: PackRead): Promise<void> {
    const outcomes = await writePieces(pack, offset, length, pieces)
    for (const [n, piece] of pieces.entries()) {
      const { file, blob } = piece
      let outcome = outcomes[n]!
      if (outcome === 'damaged') outcome = await writeOtherCopy(piece)
      if (outcome === 'damaged')
        file.failure ??= `A part of it, the blob ${blob.id}, is damaged in the vault.`
      else if (outcome !== 'written') file.failure ??= outcome.refused
      if (--file.left === 0) await finish(file)
    }
  }

  async function writePieces(
    pack: string,
    offset: number,
    length: number,
    pieces: FilePiece[],
  ): Promise<PieceOutcome[]> {
    try {
      const bytes = ownMemory(await vault.storage.read('pack', pack, { offset, length }))
      // The file's state stays here; only what the worker needs crosses over.
      const given = pieces.map(({ file: _, ...piece }) => ({ ...piece, at: piece.blob.offset - offset }))
      const weight = length + pieces.length * FILE_COST
      return await pool.run('write', { bytes, pieces: given }, weight, { transfer: [bytes.buffer] })
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return pieces.map(() => 'damaged')
    }
  }

  async function writeOtherCopy({ file: _, ...piece }: FilePiece): Promise<PieceOutcome> {
    try {
      const bytes = await vault.readBlob('data', piece.blob.id)
      return await pool.run('writeOpened', { bytes, piece }, bytes.length)
    } catch (error) {
      if (isUnreadable(error)) return 'damaged'
      throw error
    }
  }

  async function finish(file: OpenFile): Promise<void> {
    const { path, target, content } = file
    if (file.failure === undefined && content.length !== 1) {
      const outcome = await pool.run('finish', target, 0)
      if (typeof outcome === 'object') file.failure = outcome.refused
    }
    if (file.failure !== undefined) {
      await rm(target.temporary, { force: true })
      skip(path, file.failure)
      return
    }
    result.files++
    result.bytes += target.size
    const items = result.files + result.alreadyThere
    report({
      phase: 'Restoring files',
      items,
      itemsTotal: totals.items,
      bytes: result.bytes,
      bytesTotal: totals.bytes,
    })
  }

  try {
    const source = reads()
    const lane = async () => {
      for (;;) {
        const { value, done } = await source.next()
        if (done) return
        stopIfAsked(watch)
        await restore(value)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
    await plan.finishFolders()
    return result
  } finally {
    await pool.close()
  }
}

/** What there is to restore; folders that cannot be read count nothing, and are told of when their turn comes. */
async function countWanted(
  vault: Vault,
  treeId: string,
  filter: (path: string[], node: TreeNode) => boolean,
  above: string[] = [],
): Promise<{ items: number; bytes: number }> {
  const totals = { items: 0, bytes: 0 }
  const nodes = await readTree(vault, treeId).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error
    return []
  })
  for (const node of nodes) {
    const path = [...above, node.name]
    if (!filter(path, node)) continue
    const below = node.subtree ? await countWanted(vault, node.subtree, filter, path) : undefined
    totals.items += below?.items ?? (node.type === 'file' ? 1 : 0)
    totals.bytes += below?.bytes ?? node.size
  }
  return totals
}

/** The files in groups, of which each is read in the packs' order. */
async function* windows(files: AsyncIterable<WantedFile>): AsyncGenerator<WantedFile[]> {
  let window: WantedFile[] = []
  let bytes = 0
  for await (const file of files) {
    window.push(file)
    bytes += file.target.size
    if (window.length < WINDOW_FILES && bytes < WINDOW_BYTES) continue
    yield window
    window = []
    bytes = 0
  }
  yield window
}

function* groupReads(pieces: FilePiece[]): Generator<PackRead> {
  const byPack = Map.groupBy(pieces, ({ blob }) => blob.pack)
  for (const [pack, inPack] of byPack) {
    inPack.sort((a, b) => a.blob.offset - b.blob.offset)
    let read: PackRead | undefined
    for (const piece of inPack) {
      const { offset, length } = piece.blob
      const end = offset + length
      const readEnd = read ? read.offset + read.length : 0
      const isNear = read && offset - readEnd <= READ_OVER && end - read.offset <= READ_LENGTH
      if (read && isNear && read.pieces.length < READ_PIECES) {
        read.length = Math.max(readEnd, end) - read.offset
        read.pieces.push(piece)
        continue
      }
      if (read) yield read
      read = { pack, offset, length, pieces: [piece] }
    }
    if (read) yield read
  }
}

/** How many bytes a blob holds; a blob that is lost holds none. */
function plainLength(blob: PackedBlob | undefined): number {
  return blob ? (blob.uncompressedLength ?? blob.length - BOX_OVERHEAD) : 0
}
