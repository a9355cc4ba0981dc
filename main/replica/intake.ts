/** What streams in, gathered in large pieces and handed to a thread that hashes and writes them, while the next come in. */
import type { FileHandle } from 'node:fs/promises'
import { createWorkerPool, type WorkerPool } from '../workers/worker-pool.ts'
import type { IntakeJobs } from './intake-worker.ts'

/** Bytes on their way into a file and a hash. */
export interface Writer {
  /** Takes a chunk, which may be changed afterwards; returns a promise where room for more has to be waited for. */
  add(chunk: Uint8Array): Promise<void> | undefined
  /** Resolves once all is written. */
  end(): Promise<void>
  /** Resolves once no write is under way, failed or not; the file can be closed then. */
  stop(): Promise<void>
}

/** SHA-256 of bytes that come over time, by one writer or several in turn. */
export interface GrowingHash {
  /** @param file what is added is written there too, at its own position; null to hash only. */
  writer(file: FileHandle | null): Writer
  /** Of all that writers have ended, hex. */
  digest(): Promise<string>
  /** Lets go of its memory; to be called for each. */
  forget(): void
}

export interface Intake {
  hash(): GrowingHash
  close(): Promise<void>
}

// Large writes cost far less than many small ones.
const PIECE = 512 * 1024
// Of one writer, while it fills another.
const MOST_UNDER_WAY = 2
// Enough for several writers; others wait for the garbage collector.
const MOST_SPARE = 16

type Pool = WorkerPool<IntakeJobs>
/** Both threads see it, and only one works on it at a time: memory that is handed over and back makes both collect garbage. */
type Memory = Uint8Array<SharedArrayBuffer>

/** Its thread starts with the first piece. */
export function createIntake(): Intake {
  let pool: Pool | undefined
  let hashes = 0
  const spare: Memory[] = []

  function atWork(): Pool {
    pool ??= createWorkerPool<IntakeJobs, Record<never, never>>(
      new URL('./intake-worker.ts', import.meta.url),
      () => undefined,
      {},
    )
    return pool
  }

  async function hand(hash: number, file: number | null, bytes: Memory, length: number): Promise<void> {
    await atWork().run('take', { hash, file, bytes: bytes.subarray(0, length) }, length, { stay: true })
    if (spare.length < MOST_SPARE) spare.push(bytes)
  }

  function createWriter(hash: number, file: FileHandle | null): Writer {
    let piece: Memory | undefined
    let length = 0
    const underWay: Promise<void>[] = []
    let failure: { reason: unknown } | undefined

    function flush(): void {
      if (!piece) return
      const handed = hand(hash, file?.fd ?? null, piece, length)
        .catch((reason: unknown) => {
          failure ??= { reason }
        })
        .then(() => void underWay.shift())
      underWay.push(handed)
      piece = undefined
      length = 0
    }

    function check(): void {
      if (failure) throw failure.reason
    }

    return {
      add(chunk) {
        check()
        for (let at = 0; at < chunk.length; ) {
          piece ??= spare.pop() ?? new Uint8Array(new SharedArrayBuffer(PIECE))
          const part = chunk.subarray(at, at + PIECE - length)
          piece.set(part, length)
          length += part.length
          at += part.length
          if (length === PIECE) flush()
        }
        return underWay.length >= MOST_UNDER_WAY ? underWay[0]!.then(check) : undefined
      },
      async end() {
        flush()
        await Promise.all(underWay)
        check()
      },
      async stop() {
        await Promise.all(underWay)
      },
    }
  }

  return {
    hash() {
      const number = ++hashes
      return {
        writer: (file) => createWriter(number, file),
        digest: () => atWork().run('digest', number, 0, { stay: true }),
        forget: () => void pool?.run('forget', number, 0, { stay: true }).catch(() => undefined),
      }
    },
    async close() {
      await pool?.close()
    },
  }
}
