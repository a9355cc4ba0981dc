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
import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import { serveJobs } from '../workers/worker-side.ts'
import { blobPieces } from './blob.ts'
import { type BoxKey, createSealer, idOf } from './crypto.ts'
import { type LocalPath, toSeconds } from './local-name.ts'
import type { PackedBlob } from './pack.ts'
import { refusalIn } from './refusal.ts'

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
    const value = pieces.map((piece) => {
      const box = bytes.subarray(piece.at, piece.at + piece.blob.length)
      return writePiece(piece, blobPieces(sealer, piece.blob, box))
    })
    release(bytes)
    return { value }
  },
  async writeOpened({ bytes, piece }) {
    return { value: writePiece(piece, [bytes]) }
  },
  async finish(target) {
    return { value: writeTo(target, true, () => undefined) }
  },
  async hasBlobs({ path, blobs }) {
    try {
      return { value: hasBlobs(path, blobs) }
    } catch (error) {
      // What cannot be read is to be replaced.
      refusalIn(error)
      return { value: false }
    }
  },
})

function writePiece({ target, position, isWholeFile }: Piece, parts: Iterable<Uint8Array>): PieceOutcome {
  return writeTo(target, isWholeFile, (file) => {
    let end = position
    for (const part of parts) {
      for (let done = 0; done < part.length; ) {
        done += writeSync(file, part, done, part.length - done, end + done)
      }
      end += part.length
    }
  })
}

/** Writes to the temporary file, and gives it its size, permissions, time and name if that makes it whole. */
function writeTo(target: Target, isFinal: boolean, write: (file: number) => void): PieceOutcome {
  const { temporary, path, size, modifiedAt, permissions } = target
  try {
    // Other pieces of it may be there already, or what an earlier restore left.
    const file = openSync(local(temporary), constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW, 0o600)
    try {
      write(file)
      if (isFinal) {
        ftruncateSync(file, size)
        ifPossible(() => fchmodSync(file, permissions))
        ifPossible(() => futimesSync(file, toSeconds(modifiedAt), toSeconds(modifiedAt)))
      }
    } finally {
      closeSync(file)
    }
    if (isFinal) renameSync(local(temporary), local(path))
    return 'written'
  } catch (error) {
    if (error instanceof Problem && error.code === 'vault-damaged') return 'damaged'
    return { refused: refusalIn(error) }
  }
}

// Sticks and network shares may know no permissions, or not all times; what counts is the content.
function ifPossible(call: () => void): void {
  try {
    call()
  } catch (error) {
    refusalIn(error)
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
