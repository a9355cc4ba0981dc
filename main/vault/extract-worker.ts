/** The worker that restores: opens boxes, checks the blobs and writes them to their files. */
import {
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { workerData } from 'node:worker_threads'
import { Problem } from '../problem.ts'
import { openBlob } from './blob.ts'
import { type BoxKey, createSealer, idOf } from './crypto.ts'
import { type LocalPath, toSeconds } from './local-name.ts'
import { release } from './memory.ts'
import type { PackedBlob } from './pack.ts'
import { serveJobs } from './worker-side.ts'

export interface ExtractWorkerData {
  masterKey: BoxKey
}

/** A file to be made: its bytes gather under a temporary name, and only when it is whole it gets its own. */
export interface Target {
  temporary: LocalPath
  path: LocalPath
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** 0 to 0o777. */
  permissions: number
}

/** A blob's box in the bytes that a job brings, and where in its file the blob goes. */
export interface Piece {
  blob: PackedBlob
  /** Where in the job's bytes the box begins. */
  at: number
  target: Target
  /** Where in the file its bytes go. */
  position: number
  /** Whether the blob is the whole file, which then is finished. */
  isWholeFile: boolean
}

/** What became of a piece: written, damaged in the vault, or refused by this computer. */
export type PieceOutcome = 'written' | 'damaged' | { refused: string }

export type ExtractJobs = {
  write(given: { bytes: Uint8Array; pieces: Piece[] }): PieceOutcome[]
  /** Writes a blob's bytes that were opened elsewhere. */
  writeOpened(given: { bytes: Uint8Array; piece: Piece }): PieceOutcome
  /** Gives a file whose pieces are all written, or that is empty, its own name. */
  finish(target: Target): PieceOutcome
  /** Whether a file has just these blobs. */
  hasBlobs(given: { path: LocalPath; blobs: { id: string; length: number }[] }): boolean
}

// Windows has no such flag.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

const { masterKey } = workerData as ExtractWorkerData
const sealer = createSealer(masterKey, () => {
  throw new Error('nothing is sealed here')
})

serveJobs<ExtractJobs, Record<string, never>>({
  async write({ bytes, pieces }) {
    const value = pieces.map((piece): PieceOutcome => {
      const { at, blob } = piece
      let opened: Buffer
      try {
        opened = openBlob(sealer, blob, bytes.subarray(at, at + blob.length))
      } catch (error) {
        if (error instanceof Problem) return 'damaged'
        throw error
      }
      const outcome = writePiece(piece, opened)
      release(opened)
      return outcome
    })
    release(bytes)
    return { value }
  },
  async writeOpened({ bytes, piece }) {
    return { value: writePiece(piece, bytes) }
  },
  async finish(target) {
    return { value: attempt(() => finishFile(openToWrite(target), target)) }
  },
  async hasBlobs({ path, blobs }) {
    return { value: hasBlobs(path, blobs) }
  },
})

function writePiece({ target, position, isWholeFile }: Piece, bytes: Uint8Array): PieceOutcome {
  return attempt(() => {
    const file = openToWrite(target)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(file, bytes, done, bytes.length - done, position + done)
      }
    } catch (error) {
      closeSync(file)
      throw error
    }
    if (isWholeFile) finishFile(file, target)
    else closeSync(file)
  })
}

// Pieces of one file are written by several workers; none may cut off what another wrote.
function openToWrite({ temporary }: Target): number {
  return openSync(local(temporary), constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW, 0o600)
}

function finishFile(file: number, { temporary, path, size, modifiedAt, permissions }: Target): void {
  try {
    ftruncateSync(file, size)
    if (process.platform !== 'win32') fchmodSync(file, permissions)
    const seconds = toSeconds(modifiedAt)
    futimesSync(file, seconds, seconds)
  } finally {
    closeSync(file)
  }
  renameSync(local(temporary), local(path))
}

function attempt(work: () => void): PieceOutcome {
  try {
    work()
    return 'written'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC')
      throw new Problem('disk-full', 'The disk is full.', 'Make room and start again.', { cause: error })
    if (code === undefined) throw error
    return { refused: message }
  }
}

function hasBlobs(path: LocalPath, blobs: { id: string; length: number }[]): boolean {
  const file = openSync(local(path), 'r')
  try {
    let position = 0
    for (const { id, length } of blobs) {
      const bytes = Buffer.allocUnsafeSlow(length)
      for (let done = 0; done < length; ) {
        const count = readSync(file, bytes, done, length - done, position + done)
        if (count === 0) return false
        done += count
      }
      const isSame = idOf(bytes) === id
      release(bytes)
      if (!isSame) return false
      position += length
    }
    return true
  } finally {
    closeSync(file)
  }
}

// Buffers arrive from another thread as plain bytes.
function local(path: LocalPath | Uint8Array): LocalPath {
  return typeof path === 'string' ? path : Buffer.from(path)
}
