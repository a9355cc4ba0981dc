/** Takes the queue's files through their stages: hash, ask, send, read back. It waits out lost networks and can be paused. */
import type { Doubt } from '../../../preload/portal.ts'
import { PortalProblem, SignedOut, Unreachable } from '../call.ts'
import { words } from '../words.ts'
import type { Entry, Failure, Picked, Queue } from './queue.ts'
import { createRate, type Rate } from './rate.ts'

export interface UploaderParts {
  queue: Queue
  /** SHA-256 of a file, hex. @throws NotReadable */
  hash(file: File, signal: AbortSignal): Promise<string>
  /** Which of these hashes the computer has. At most `ASK_MOST`. */
  known(hashes: string[]): Promise<string[]>
  /** Sends what the computer does not have of a file yet. @throws as `Call` does, and NotReadable. */
  send(entry: Entry & { hash: string }, progress: (sent: number) => void, signal: AbortSignal): Promise<void>
  /** Has the computer read files back from its disk. At most `VERIFY_MOST`. */
  verify(hashes: string[]): Promise<{ hash: string; stored: boolean; doubts: Doubt[] }[]>
  /** Frees what the computer keeps of a file that will not be finished. */
  discard(hash: string): void
  reachable(): boolean
  now(): number
  /** Told of an error that no one foresaw. */
  log(error: unknown): void
}

/** The phone does not let the page read a file (any more). */
export class NotReadable extends Error {}

export type Activity = 'empty' | 'comparing' | 'sending' | 'checking' | 'paused' | 'no-network' | 'done'

export interface Uploader {
  queue: Queue
  rate: Rate
  add(files: Iterable<File>, picked: Picked): number
  activity(): Activity
  pause(): void
  resume(): void
  cancel(id: number): void
  /** Stops and empties the queue; what is stored stays stored. */
  cancelAll(): void
  retry(id: number): void
  retryAll(): void
  /** The network came or went. */
  networkChanged(): void
  /** How many of the files stored this time were seen with each doubt. */
  doubts(): ReadonlyMap<Doubt, number>
  watch(listener: () => void, signal?: AbortSignal): void
}

export const PARALLEL = 2
/** Hashing runs so far ahead, so that sending never waits and little has to be done again. */
const AHEAD = 40
export const ASK_MOST = 500
const ASK_EAGER = 20
export const VERIFY_MOST = 50

export function createUploader(parts: UploaderParts): Uploader {
  const { queue, now, log } = parts
  const rate = createRate()
  const listeners = new Set<() => void>()
  const running = new Map<number, AbortController>()
  const doubts = new Map<Doubt, number>()
  const arrived = new Set<string>()
  let [paused, asking, verifying] = [false, false, false]
  let bytesSent = 0

  function changed(): void {
    for (const listener of listeners) listener()
  }

  /** Starts whatever can be started now. */
  function pump(): void {
    if (!paused && parts.reachable()) {
      hashNext()
      askNext()
      sendNext()
      verifyNext()
    }
    changed()
  }

  function hashNext(): void {
    if (queue.count('hashing') > 0 || queue.count('hashed') + queue.count('ready') >= AHEAD) return
    const [entry] = queue.first('waiting', 1)
    if (!entry) return
    queue.move(entry.id, 'hashing')
    run(entry, async (signal) => {
      const hash = await parts.hash(entry.file, signal)
      queue.move(entry.id, 'hashed', { hash })
    })
  }

  function askNext(): void {
    const hashed = queue.first('hashed', ASK_MOST)
    const moreToCome = queue.count('waiting') + queue.count('hashing') > 0
    const senderHasWork = queue.count('ready') + queue.count('sending') >= PARALLEL
    if (asking || hashed.length === 0) return
    if (moreToCome && senderHasWork && hashed.length < ASK_EAGER) return
    asking = true
    attempt(async () => {
      const known = new Set(await parts.known([...new Set(hashed.map((entry) => entry.hash!))]))
      for (const { id, hash } of hashed) queue.move(id, known.has(hash!) ? 'known' : 'ready')
    }, hashed).finally(() => {
      asking = false
      pump()
    })
  }

  function sendNext(): void {
    const hashesUnderway = new Set(queue.first('sending', PARALLEL).map(({ hash }) => hash))
    for (const entry of queue.first('ready', AHEAD + ASK_MOST)) {
      if (hashesUnderway.size >= PARALLEL) return
      // The same picture twice: the second waits for the first, and both are read back at the end.
      if (hashesUnderway.has(entry.hash)) continue
      if (arrived.has(entry.hash!)) {
        queue.move(entry.id, 'sent')
        continue
      }
      hashesUnderway.add(entry.hash)
      queue.move(entry.id, 'sending')
      run(entry, (signal) => sendOne(entry as Entry & { hash: string }, signal))
    }
  }

  async function sendOne(entry: Entry & { hash: string }, signal: AbortSignal): Promise<void> {
    let before: number | undefined
    await parts.send(
      entry,
      (sent) => {
        // What an earlier try had sent says nothing about the pace.
        bytesSent += Math.max(0, sent - (before ?? sent))
        before = sent
        queue.progress(entry.id, sent)
        rate.note(now(), bytesSent)
        changed()
      },
      signal,
    )
    arrived.add(entry.hash)
    queue.move(entry.id, 'sent', { sent: entry.file.size })
  }

  function verifyNext(): void {
    const sent = queue.first('sent', VERIFY_MOST)
    const nothingElse = ['waiting', 'hashing', 'hashed', 'ready', 'sending'] as const
    const isLast = nothingElse.every((stage) => queue.count(stage) === 0)
    if (verifying || sent.length === 0 || (sent.length < VERIFY_MOST && !isLast)) return
    verifying = true
    attempt(async () => {
      const files = new Map(
        (await parts.verify([...new Set(sent.map(({ hash }) => hash!))])).map((file) => [file.hash, file]),
      )
      for (const { id, hash } of sent) {
        const file = files.get(hash!)
        if (file?.stored) {
          queue.move(id, 'stored')
          for (const doubt of file.doubts) doubts.set(doubt, (doubts.get(doubt) ?? 0) + 1)
        } else {
          arrived.delete(hash!)
          queue.move(id, 'failed', { failure: words.upload.notStored })
        }
      }
    }, sent).finally(() => {
      verifying = false
      pump()
    })
  }

  /** Runs one file's step; an interruption takes the file one step back, any other error makes it failed. */
  async function run(entry: Entry, step: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController()
    running.set(entry.id, controller)
    try {
      await step(controller.signal)
    } catch (error) {
      const interrupted = controller.signal.aborted || error instanceof Unreachable
      const { stage } = entry
      if (stage !== 'hashing' && stage !== 'sending') throw error
      if (interrupted) queue.move(entry.id, stage === 'hashing' ? 'waiting' : 'ready')
      else fail([entry], error)
    } finally {
      // A file that was cancelled and picked again has another run of its own.
      if (running.get(entry.id) === controller) running.delete(entry.id)
      pump()
    }
  }

  /** A step for several files at once: when the computer does not answer, they stay where they are. */
  async function attempt(step: () => Promise<void>, entries: Entry[]): Promise<void> {
    try {
      await step()
    } catch (error) {
      if (!(error instanceof Unreachable)) fail(entries, error)
    }
  }

  function fail(entries: readonly Entry[], error: unknown): void {
    const failure = failureFor(error)
    if (failure === words.upload.unforeseen) log(error)
    for (const { id } of entries) queue.move(id, 'failed', { failure })
    // Every other file would fail in the same way.
    if (error instanceof SignedOut || (error instanceof PortalProblem && error.code === 'disk-full')) pause()
  }

  /** A new batch begins; what failed stays, to be tried again. */
  function forgetDone(): void {
    doubts.clear()
    for (const { id, stage } of [...queue.entries()]) if (stage !== 'failed') queue.remove(id)
  }

  function interrupt(): void {
    rate.reset()
    for (const controller of running.values()) controller.abort()
  }

  function pause(): void {
    paused = true
    interrupt()
    changed()
  }

  function cancel(id: number): void {
    const entry = queue.find(id)
    queue.remove(id)
    running.get(id)?.abort()
    if (entry?.hash && (entry.stage === 'ready' || entry.stage === 'sending')) parts.discard(entry.hash)
  }

  return {
    queue,
    rate,
    doubts: () => doubts,
    add(files, picked) {
      if (activityNow() === 'done') forgetDone()
      const added = queue.add(files, picked)
      pump()
      return added
    },
    activity: activityNow,
    pause,
    resume() {
      paused = false
      pump()
    },
    cancel(id) {
      cancel(id)
      pump()
    },
    cancelAll() {
      for (const { id } of [...queue.entries()]) cancel(id)
      paused = false
      rate.reset()
      changed()
    },
    retry(id) {
      queue.move(id, 'waiting')
      pump()
    },
    retryAll() {
      for (const { id } of queue.first('failed', Number.POSITIVE_INFINITY)) queue.move(id, 'waiting')
      paused = false
      pump()
    },
    networkChanged() {
      if (!parts.reachable()) interrupt()
      pump()
    },
    watch(listener, signal) {
      listeners.add(listener)
      signal?.addEventListener('abort', () => listeners.delete(listener))
    },
  }

  function activityNow(): Activity {
    // Asked at every step of every file: no sums over all of them here.
    const settled = queue.count('stored') + queue.count('known') + queue.count('failed')
    if (queue.size() === 0) return 'empty'
    if (settled === queue.size()) return 'done'
    if (paused) return 'paused'
    if (!parts.reachable()) return 'no-network'
    if (queue.count('sending') > 0) return 'sending'
    return queue.count('sent') > 0 && queue.count('waiting') + queue.count('hashing') === 0
      ? 'checking'
      : 'comparing'
  }
}

function failureFor(error: unknown): Failure {
  if (error instanceof PortalProblem) return { sentence: error.message, next: error.next }
  if (error instanceof SignedOut) return words.problems.signedOut
  if (error instanceof NotReadable) return words.upload.notReadable
  return words.upload.unforeseen
}
