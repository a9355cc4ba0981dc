/** The live copy of every phone: what it has now and what it had. All else in this folder works on the Replica opened here. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StatementSync } from 'node:sqlite'
import type { World } from '../world.ts'
import { createGroupCommit } from './commit.ts'
import { type Database, openDatabase } from './database.ts'
import { createIntake, type Intake } from './intake.ts'
import { createSyncGroup, type SyncGroup } from './sync-group.ts'

/** What reading needs. A Transaction is one too, so that a read inside a write sees what was just written. */
export interface Reader {
  statement(sql: string): StatementSync
}

/** The only way to change anything: handed to the function given to `Replica.write`. */
export interface Transaction extends Reader {
  /** The number of the next change; every change in the replica has its own, in order. */
  nextSeq(): number
  /** Milliseconds since 1970, the same for the whole transaction. */
  readonly at: number
}

export interface Replica extends Reader {
  readonly world: World
  /** Names this history; it changes when history is replaced, so that old sync tokens are refused (RFC 6578, 3.2). */
  readonly epoch: string
  /** Folder of the photo libraries, one folder per phone in it. */
  readonly photos: string
  /** Folder for uploads that are not complete; on the same disk as `photos`. */
  readonly incoming: string
  /** Folder for uploads that come in pieces and outlive a restart; on the same disk as `photos`. */
  readonly partial: string
  /** Folder of the chunks of uploads that are joined once all are here; on the same disk as `photos`. */
  readonly chunks: string
  /** Writes and hashes what comes in. */
  readonly intake: Intake
  /** Makes files durable, several at a time. */
  readonly syncs: SyncGroup
  /**
   * Runs `work` in a transaction shared with other writers of the same moment, and resolves once it is durable.
   * If `work` throws, only its own changes are undone, and the promise rejects.
   */
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** The number of the newest change that is durable. */
  lastSeq(): number
  /** Calls back when that is another one; as long as the replica is open. */
  onChange(listener: () => void): void
  /** Commits what waits and lets go of the database. */
  close(): Promise<void>
}

/**
 * Opens the replica in a data folder, making what is missing.
 * @throws Problem as `openDatabase` does.
 */
export function openReplica(dataFolder: string, world: World): Replica {
  const photos = join(dataFolder, 'Photos')
  const incoming = join(photos, '.incoming')
  const partial = join(photos, '.partial')
  const database = openDatabase(join(dataFolder, 'replica'))
  const chunks = join(photos, '.chunks')
  for (const folder of [incoming, partial, chunks]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const commit = createGroupCommit(database, world)
  const intake = createIntake()
  return {
    world,
    epoch: readEpoch(database, world),
    photos,
    incoming,
    partial,
    chunks,
    intake,
    syncs: createSyncGroup(world.durability),
    statement: database.statement,
    write: commit.write,
    lastSeq: commit.lastSeq,
    onChange: commit.listen,
    async close() {
      await commit.drain()
      await intake.close()
      database.close()
    },
  }
}

function readEpoch(database: Database, world: World): string {
  const row = database.statement(`SELECT value FROM meta WHERE key = 'epoch'`).get()
  if (row) return String(row.value)
  const epoch = world.random(8).toString('hex')
  database.statement(`INSERT INTO meta (key, value) VALUES ('epoch', ?)`).run(epoch)
  return epoch
}
