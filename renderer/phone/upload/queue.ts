/** The files that wait, are on their way and are done: states, the steps between them, and sums over all. */

/**
 * waiting → hashing → hashed → (the computer is asked) → ready → sending → sent → (read back) → stored; or known, or failed on the
 * way. A failed one can be tried again; what was interrupted goes one step back.
 */
export type Stage =
  | 'waiting'
  | 'hashing'
  | 'hashed'
  | 'ready'
  | 'sending'
  | 'sent'
  | 'stored'
  | 'known'
  | 'failed'

const STEPS: Readonly<Record<Stage, readonly Stage[]>> = {
  waiting: ['hashing'],
  hashing: ['hashed', 'waiting', 'failed'],
  hashed: ['ready', 'known', 'failed'],
  ready: ['sending', 'sent'],
  sending: ['sent', 'ready', 'failed'],
  sent: ['stored', 'failed'],
  stored: [],
  known: [],
  failed: ['waiting'],
}

/** Which of the two buttons a file was picked by. */
export type Picked = 'photos' | 'files'

export interface Failure {
  sentence: string
  next: string
}

export interface Entry {
  readonly id: number
  readonly file: File
  readonly picked: Picked
  readonly stage: Stage
  /** SHA-256, hex, once it is known. */
  readonly hash: string | null
  /** Bytes that the computer has of it. */
  readonly sent: number
  readonly failure: Failure | null
}

export interface Tally {
  files: number
  bytes: number
  /** Stored, known or failed. */
  settled: number
  stored: number
  known: number
  failed: number
  /** Bytes that need no more sending, of files on their way too. */
  bytesDone: number
  /** Bytes that still have to go, or to be found known. */
  bytesLeft: number
}

type Changes = { hash?: string; sent?: number; failure?: Failure }

export interface Queue {
  /** Adds what is not in the queue yet (by name, size and time). @returns how many were added. */
  add(files: Iterable<File>, picked: Picked): number
  entries(): Iterable<Entry>
  size(): number
  count(stage: Stage): number
  /** The first files in a stage, in the order they were picked. */
  first(stage: Stage, most: number): Entry[]
  find(id: number): Entry | undefined
  /** @throws when there is no such step; then the caller is wrong. */
  move(id: number, stage: Stage, changes?: Changes): void
  progress(id: number, sent: number): void
  remove(id: number): void
  clear(): void
  tally(): Tally
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export function createQueue(): Queue {
  const entries = new Map<number, Mutable<Entry>>()
  // One set for each stage, so that the next file is found among ten thousand without looking at all.
  const stages = new Map<Stage, Set<number>>(
    (Object.keys(STEPS) as Stage[]).map((stage) => [stage, new Set()]),
  )
  const picked = new Set<string>()
  let lastId = 0

  const inStage = (stage: Stage) => stages.get(stage)!
  const isOnItsWay = (stage: Stage) => stage !== 'stored' && stage !== 'known' && stage !== 'failed'

  return {
    add(files, by) {
      let added = 0
      for (const file of files) {
        const key = keyOf(file)
        if (picked.has(key)) continue
        picked.add(key)
        const id = ++lastId
        entries.set(id, { id, file, picked: by, stage: 'waiting', hash: null, sent: 0, failure: null })
        inStage('waiting').add(id)
        added++
      }
      return added
    },
    entries: () => entries.values(),
    size: () => entries.size,
    count: (stage) => inStage(stage).size,
    first(stage, most) {
      const found: Entry[] = []
      for (const id of inStage(stage)) {
        if (found.length === most) break
        found.push(entries.get(id)!)
      }
      return found
    },
    find: (id) => entries.get(id),
    move(id, stage, changes = {}) {
      const entry = entries.get(id)
      if (!entry) return
      if (!STEPS[entry.stage].includes(stage)) throw new Error(`no step from ${entry.stage} to ${stage}`)
      inStage(entry.stage).delete(id)
      inStage(stage).add(id)
      Object.assign(entry, { stage, failure: null }, changes)
    },
    progress(id, sent) {
      const entry = entries.get(id)
      if (entry) entry.sent = sent
    },
    remove(id) {
      const entry = entries.get(id)
      if (!entry) return
      entries.delete(id)
      inStage(entry.stage).delete(id)
      picked.delete(keyOf(entry.file))
    },
    clear() {
      entries.clear()
      picked.clear()
      for (const ids of stages.values()) ids.clear()
    },
    tally() {
      const tally: Tally = {
        ...{ files: entries.size, bytes: 0, settled: 0, bytesDone: 0, bytesLeft: 0 },
        stored: inStage('stored').size,
        known: inStage('known').size,
        failed: inStage('failed').size,
      }
      tally.settled = tally.stored + tally.known + tally.failed
      for (const { file, stage, sent } of entries.values()) {
        tally.bytes += file.size
        const left = stage === 'sent' || !isOnItsWay(stage) ? 0 : file.size - sent
        tally.bytesLeft += left
        tally.bytesDone += stage === 'failed' ? 0 : file.size - left
      }
      return tally
    },
  }
}

function keyOf({ name, size, lastModified }: File): string {
  return `${size}/${lastModified}/${name}`
}
