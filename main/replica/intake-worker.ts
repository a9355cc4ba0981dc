/** The thread that hashes what comes in and writes it to files, so that the main one is free for those who send it. */
import { createHash, type Hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { serveJobs } from '../workers/worker-side.ts'

export interface Piece {
  /** Of the hash that the bytes are added to; a new one begins it. */
  hash: number
  /** Descriptor of the file that the bytes are added to, at its own position; null to hash only. */
  file: number | null
  bytes: Uint8Array<SharedArrayBuffer>
}

export type IntakeJobs = {
  take(piece: Piece): void
  /** SHA-256 of what was taken so far, hex. */
  digest(hash: number): string
  forget(hash: number): void
}

const hashes = new Map<number, Hash>()

function hashOf(number: number): Hash {
  const known = hashes.get(number)
  if (known) return known
  const begun = createHash('sha256')
  hashes.set(number, begun)
  return begun
}

serveJobs<IntakeJobs, Record<never, never>>({
  async take({ hash, file, bytes }) {
    hashOf(hash).update(bytes)
    // A write may end early, when the disk fills up say; the next then tells why.
    for (let done = 0; file !== null && done < bytes.length; ) done += writeSync(file, bytes, done)
    return { value: undefined }
  },
  async digest(hash) {
    return { value: hashOf(hash).copy().digest('hex') }
  },
  async forget(hash) {
    hashes.delete(hash)
    return { value: undefined }
  },
})
