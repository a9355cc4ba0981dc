/** Fills the window's view and keeps it up to date with the engine's log of changes, from wherever an earlier window left off. */
import Dexie from 'dexie'
import type { Client } from '../../../preload/client.ts'
import type { CollectionRow, RowKey, ViewRows, ViewTable } from '../../../preload/view.ts'
import type { FillStep, ViewDatabase, ViewState } from './database.ts'
import { wordsOf } from './words.ts'

/** Enough for a first screen of each list, before the long way through all of them. */
const FIRST_PAGE = 300
const PAGE = 2000

export interface Filling {
  /** Rows read so far, and all there are to read; null once the view is full. */
  rows: number
  total: number
}

export interface Following {
  /** Resolves once the view holds all that the engine had when this was called. */
  caughtUp(): Promise<void>
  stop(): void
}

export interface FollowOptions {
  /** Hears how far the first filling is, and null once it is done. */
  filling(now: Filling | null): void
  failed(error: unknown): void
  /** Milliseconds. */
  retryAfter?: number
}

/**
 * Follows until stopped. What fails is told to `failed` and tried again after a while, or with the next change; until then the view
 * shows what it has.
 */
export function followView(
  database: ViewDatabase,
  client: Pick<Client, 'call' | 'on'>,
  { filling, failed, retryAfter = 5000 }: FollowOptions,
): Following {
  let isStopped = false
  let isAsked = false
  let running: Promise<void> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  async function run(): Promise<void> {
    while (isAsked && !isStopped) {
      isAsked = false
      clearTimeout(retry)
      try {
        await catchUp()
      } catch (error) {
        failed(error)
        retry = setTimeout(ask, retryAfter)
      }
    }
    running = undefined
  }

  function ask(): Promise<void> {
    isAsked = true
    running ??= run()
    return running
  }

  async function catchUp(): Promise<void> {
    const start = await client.call('view.start', {})
    let state = await database.state.get('view')
    if (state?.epoch !== start.epoch) {
      state = { key: 'view', epoch: start.epoch, seq: start.seq, toFill: allSteps() }
      await empty(database, state)
    }
    await keepCollections(database, start.collections)
    if (state.toFill.length > 0) state = await fill(state, start.counts)
    await readChanges(state)
  }

  async function fill(from: ViewState, counts: Record<ViewTable, number>): Promise<ViewState> {
    let state = from
    let rows = await countRows(database)
    const total = counts.contacts + counts.events + counts.photos
    while (state.toFill[0] && !isStopped) {
      filling({ rows, total: Math.max(rows, total) })
      const [step, ...later] = state.toFill
      const most = step.after === null ? FIRST_PAGE : PAGE
      const { table, after } = step
      const page = await client.call(`view.${step.of}`, { table, after, most })
      state = { ...state, toFill: page.next ? [...later, { ...step, after: page.next }] : later }
      rows += page.rows[table].length
      await store(database, page.rows, [], state)
    }
    filling(null)
    return state
  }

  async function readChanges(from: ViewState): Promise<void> {
    let state = from
    for (let more = true; more && !isStopped; ) {
      const changes = await client.call('view.changes', { since: state.seq, most: PAGE })
      if (changes.epoch !== state.epoch) return void ask()
      state = { ...state, seq: changes.seq }
      await keepCollections(database, changes.collections)
      await store(database, changes.rows, changes.left, state)
      more = changes.more
    }
  }

  const stopListening = client.on('changed', () => void ask())
  return {
    caughtUp: ask,
    stop() {
      isStopped = true
      clearTimeout(retry)
      stopListening()
    },
  }
}

// What is there before what was deleted; each table's first page before the rest of any.
function allSteps(): FillStep[] {
  const tables: ViewTable[] = ['contacts', 'photos', 'events']
  return (['page', 'deleted'] as const).flatMap((of) => tables.map((table) => ({ table, of, after: null })))
}

async function empty(database: ViewDatabase, state: ViewState): Promise<void> {
  const { contacts, events, photos, collections } = database
  await database.transaction('rw', [contacts, events, photos, collections, database.state], async () => {
    for (const table of [contacts, events, photos, collections]) await table.clear()
    await database.state.put(state)
  })
}

async function countRows({ contacts, events, photos }: ViewDatabase): Promise<number> {
  return (await contacts.count()) + (await events.count()) + (await photos.count())
}

/** Rows and how far they lead, together or not at all. */
async function store(
  database: ViewDatabase,
  rows: ViewRows,
  left: RowKey[],
  state: ViewState,
): Promise<void> {
  const { contacts, events, photos } = database
  await database.transaction('rw', [contacts, events, photos, database.state], async () => {
    for (const table of [contacts, events, photos]) if (left.length > 0) await table.bulkDelete(left)
    await contacts.bulkPut(
      rows.contacts.map((row) => ({
        ...row,
        here: hereOf(row),
        words: wordsOf([row.title, row.organisation, ...row.mails], row.phones),
      })),
    )
    await events.bulkPut(
      rows.events.map((row) => ({ ...row, here: hereOf(row), words: wordsOf([row.title, row.place]) })),
    )
    await photos.bulkPut(rows.photos.map((row) => ({ ...row, here: hereOf(row) })))
    await database.state.put(state)
  })
}

function hereOf({ deletedAt }: { deletedAt: number | null }): 0 | 1 {
  return deletedAt === null ? 1 : 0
}

/** What lay in a collection that is gone is no longer there; the change log has no deletion for each of its items. */
async function keepCollections(database: ViewDatabase, living: CollectionRow[]): Promise<void> {
  const { contacts, events, photos, collections } = database
  const ids = new Set(living.map(({ id }) => id))
  const gone = (await collections.toCollection().primaryKeys()).filter((id) => !ids.has(id))
  await database.transaction('rw', [contacts, events, photos, collections], async () => {
    for (const id of gone) {
      for (const table of [contacts, events, photos]) {
        await table.where('[collection+name]').between([id, Dexie.minKey], [id, Dexie.maxKey]).delete()
      }
    }
    await collections.bulkDelete(gone)
    await collections.bulkPut(living)
  })
}
