/** The window's own copy of what it lists: rows without bytes, in the browser's database. It can be thrown away and filled anew. */
import Dexie, { type EntityTable, type Table } from 'dexie'
import type {
  CollectionRow,
  ContactRow,
  EventRow,
  PagePlace,
  PhotoRow,
  RowKey,
  ViewTable,
} from '../../../preload/view.ts'

/** What the database finds rows by, beside what they are. */
interface Found {
  /** 1 for what is there, 0 for what was deleted: the browser's indexes take no booleans. */
  here: 0 | 1
}

/** @property words beginnings of which a search finds the row, in lower case and without accents. */
export type StoredContact = ContactRow & Found & { words: string[] }
export type StoredEvent = EventRow & Found & { words: string[] }
export type StoredPhoto = PhotoRow & Found

/** How far the view is: of which log, up to which change, and which tables are still being filled. */
export interface ViewState {
  key: 'view'
  epoch: string
  seq: number
  /** What is still to be read, the next first; empty once all rows are there. */
  toFill: FillStep[]
}

/** Pages of a table from a place on: of what is there, or of what was deleted. */
export interface FillStep {
  table: ViewTable
  of: 'page' | 'deleted'
  after: PagePlace | null
}

export type ViewDatabase = Dexie & {
  contacts: Table<StoredContact, RowKey>
  events: Table<StoredEvent, RowKey>
  photos: Table<StoredPhoto, RowKey>
  collections: EntityTable<CollectionRow, 'id'>
  state: Table<ViewState, 'view'>
}

/** @param name a database for each data folder, so that two of them do not empty each other's. */
export function openView(name: string): ViewDatabase {
  const database = new Dexie(name) as ViewDatabase
  database.version(1).stores({
    contacts: '[collection+name], [here+sortName], *words',
    events: '[collection+name], [here+startsAt], *words',
    photos: '[collection+name], [here+takenAt]',
    collections: 'id, phone',
    state: 'key',
  })
  return database
}

/** Whether all rows are there: only then an empty list says that there is nothing. */
export async function isViewFull({ state }: ViewDatabase): Promise<boolean> {
  const known = await state.get('view')
  return known !== undefined && known.toFill.length === 0
}
