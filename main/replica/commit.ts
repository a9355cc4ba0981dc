/** Group commit: writers that arrive together share one durable transaction, so that safety does not cost each its own sync. */
import type { World } from '../world.ts'
import type { Database } from './database.ts'
import type { Transaction } from './replica.ts'

type Waiting = {
  work: (tx: Transaction) => unknown
  done: (value: unknown) => void
  failed: (error: unknown) => void
}

export interface GroupCommit {
  write<T>(work: (tx: Transaction) => T): Promise<T>
  lastSeq(): number
  /** Hears that the newest durable change is another one. */
  listen(listener: () => void): void
  /** Resolves once nothing waits. */
  drain(): Promise<void>
}

/** Collects the writes of one turn of the event loop and commits them together (SQLite, synchronous=FULL). */
export function createGroupCommit(database: Database, world: World): GroupCommit {
  let waiting: Waiting[] = []
  let scheduled = false
  let durableSeq = readLastSeq(database)
  const listeners: (() => void)[] = []

  function commitAll(): void {
    scheduled = false
    const group = waiting
    waiting = []
    let seq = durableSeq
    const at = world.now()
    const tx: Transaction = { statement: database.statement, at, nextSeq: () => ++seq }
    const answers: (() => void)[] = []
    try {
      database.raw.exec('BEGIN IMMEDIATE')
      for (const { work, done, failed } of group) {
        const before = seq
        database.raw.exec('SAVEPOINT writer')
        try {
          const value = work(tx)
          answers.push(() => done(value))
        } catch (error) {
          database.raw.exec('ROLLBACK TO writer')
          seq = before
          answers.push(() => failed(error))
        }
        database.raw.exec('RELEASE writer')
      }
      if (seq !== durableSeq) {
        database.statement(`INSERT OR REPLACE INTO meta (key, value) VALUES ('last_seq', ?)`).run(String(seq))
      }
      database.raw.exec('COMMIT')
    } catch (error) {
      // A full disk, a broken file, or one that was closed: nothing of this group counts, and every writer hears so.
      if (database.raw.isOpen && database.raw.isTransaction) database.raw.exec('ROLLBACK')
      for (const { failed } of group) failed(error)
      return
    }
    const isChanged = seq !== durableSeq
    durableSeq = seq
    for (const answer of answers) answer()
    if (isChanged) for (const listener of listeners) listener()
  }

  return {
    write<T>(work: (tx: Transaction) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, done: resolve as (value: unknown) => void, failed: reject })
        if (scheduled) return
        scheduled = true
        setImmediate(commitAll)
      })
    },
    lastSeq: () => durableSeq,
    listen: (listener) => void listeners.push(listener),
    async drain() {
      while (scheduled) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

function readLastSeq(database: Database): number {
  return Number(database.statement(`SELECT value FROM meta WHERE key = 'last_seq'`).get()?.value ?? 0)
}
