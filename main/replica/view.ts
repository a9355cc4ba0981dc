/** Rows for a window's view of the replica: what is there in the order of its lists, what went, and what changed since. */
import type {
  CollectionRow,
  ContactRow,
  EventRow,
  PagePlace,
  PhotoRow,
  RowKey,
  ViewRows,
  ViewTable,
} from '../../preload/view.ts'
import { MOVED_AWAY } from './items.ts'
import type { Reader } from './replica.ts'

interface Page {
  rows: ViewRows
  /** Where to go on; null at the end. */
  next: PagePlace | null
}

type Row = Record<string, unknown>

/** How a table of the view is read: `i` is its index, `v` the version. */
interface Table {
  index: string
  columns: string
  /** By what its list goes. */
  key: string
  order: 'ASC' | 'DESC'
}

const TABLES: Record<ViewTable, Table> = {
  contacts: {
    index: 'contact_index',
    columns: 'i.name AS title, i.sort_name, i.organisation, i.phones, i.mails, i.is_group, i.readable',
    key: 'i.sort_name',
    order: 'ASC',
  },
  events: {
    index: 'event_index',
    columns: 'i.component, i.title, i.place, i.starts_at, i.ends_at, i.all_day, i.recurring, i.readable',
    key: 'i.seq',
    order: 'DESC',
  },
  photos: {
    index: 'photo_index',
    columns: 'i.media_type, i.taken_at, i.width, i.height, i.content_id, i.burst_id, i.readable',
    key: 'i.taken_at',
    order: 'DESC',
  },
}

const VERSION = 'v.item_id, v.seq, v.collection_id, v.name AS file, v.size, v.at'
const STANDING = `v.until IS NULL AND v.collection_id IN (SELECT id FROM collections WHERE deleted_seq IS NULL)`

/** Living collections of all phones, also of those that were removed: what they sent is still here. */
export function listViewCollections(reader: Reader): CollectionRow[] {
  return reader
    .statement(
      'SELECT id, phone_id, kind, display_name, origin FROM collections WHERE deleted_seq IS NULL ORDER BY id',
    )
    .all()
    .map((row) => ({
      id: Number(row.id),
      phone: String(row.phone_id),
      kind: row.kind as CollectionRow['kind'],
      displayName: String(row.display_name),
      origin: row.origin as CollectionRow['origin'],
    }))
}

/** How many rows each table has of what is there. */
export function countView(reader: Reader): Record<ViewTable, number> {
  const count = (table: ViewTable) =>
    Number(
      reader
        .statement(
          `SELECT count(*) AS n FROM ${TABLES[table].index} i JOIN versions v ON v.seq = i.seq WHERE ${STANDING}`,
        )
        .get()?.n,
    )
  return { contacts: count('contacts'), events: count('events'), photos: count('photos') }
}

/** What is there, in the order of its list, behind `after`. */
export function pageOfView(reader: Reader, table: ViewTable, after: PagePlace | null, most: number): Page {
  const { index, columns, key, order } = TABLES[table]
  const behind = after ? `AND (${key}, i.seq) ${order === 'ASC' ? '>' : '<'} (?, ?)` : ''
  const found = reader
    .statement(
      `SELECT ${VERSION}, NULL AS deleted_at, ${columns}, ${key} AS key
       FROM ${index} i CROSS JOIN versions v ON v.seq = i.seq
       WHERE ${STANDING} ${behind} ORDER BY ${key} ${order}, i.seq ${order} LIMIT ?`,
    )
    .all(...(after ?? []), most)
  return pageOf(table, found, most)
}

/** What was deleted and is remembered, newest first, with what was last known of it. */
export function pageOfDeleted(reader: Reader, table: ViewTable, after: PagePlace | null, most: number): Page {
  const { index, columns } = TABLES[table]
  const found = reader
    .statement(
      `SELECT ${VERSION}, g.at AS deleted_at, ${columns}, g.seq AS key
       FROM versions g CROSS JOIN versions v ON v.collection_id = g.collection_id AND v.name = g.name AND v.until = g.seq
       CROSS JOIN ${index} i ON i.seq = v.seq
       WHERE g.kind = 'gone' AND g.until IS NULL AND g.seq < ? AND g.item_id <> ${MOVED_AWAY}
       ORDER BY g.seq DESC LIMIT ?`,
    )
    .all(after?.[0] ?? Number.MAX_SAFE_INTEGER, most)
  return pageOf(table, found, most)
}

/**
 * What changed after a change, oldest first: rows as they are now, and the last known rows of what went.
 * @param most changes at most, and a little more rather than half of what was made together. @returns `seq` to go on from.
 */
export function viewChanges(
  reader: Reader,
  since: number,
  most: number,
  newest: number,
): { rows: ViewRows; left: RowKey[]; seq: number } {
  const last = reader
    .statement('SELECT seq FROM versions WHERE seq > ? AND until IS NULL ORDER BY seq LIMIT 1 OFFSET ?')
    .get(since, most - 1)
  const seq = last ? Number(last.seq) : newest
  const changed = (table: ViewTable) => {
    const { index, columns } = TABLES[table]
    const came = `SELECT ${VERSION}, NULL AS deleted_at, ${columns}
      FROM versions v CROSS JOIN ${index} i ON i.seq = v.seq WHERE v.seq > ?1 AND v.seq <= ?2 AND ${STANDING}`
    const went = `SELECT ${VERSION}, g.at AS deleted_at, ${columns}
      FROM versions g CROSS JOIN versions v ON v.collection_id = g.collection_id AND v.name = g.name AND v.until = g.seq
      CROSS JOIN ${index} i ON i.seq = v.seq
      WHERE g.seq > ?1 AND g.seq <= ?2 AND g.until IS NULL AND g.kind = 'gone' AND g.item_id <> ${MOVED_AWAY}`
    return reader.statement(`${came} UNION ALL ${went}`).all(since, seq)
  }
  const rows = rowsOf(changed)
  const gone = reader
    .statement(
      `SELECT collection_id, name FROM versions WHERE seq > ? AND seq <= ? AND until IS NULL AND kind = 'gone'`,
    )
    .all(since, seq)
  const told = new Set(
    Object.values(rows)
      .flat()
      .map(({ collection, name }) => `${collection} ${name}`),
  )
  const left = gone
    .map((row): RowKey => [Number(row.collection_id), String(row.name)])
    .filter(([collection, name]) => !told.has(`${collection} ${name}`))
  return { rows, left, seq }
}

function pageOf(table: ViewTable, found: Row[], most: number): Page {
  const last = found.length < most ? undefined : found.at(-1)
  return {
    rows: rowsOf((name) => (name === table ? found : [])),
    next: last ? [last.key as PagePlace[0], Number(last.seq)] : null,
  }
}

function rowsOf(found: (table: ViewTable) => Row[]): ViewRows {
  return {
    contacts: found('contacts').map(readContactRow),
    events: found('events').map(readEventRow),
    photos: found('photos').map(readPhotoRow),
  }
}

function common(row: Row) {
  return {
    collection: Number(row.collection_id),
    name: String(row.file),
    seq: Number(row.seq),
    item: Number(row.item_id),
    size: Number(row.size),
    at: Number(row.at),
    deletedAt: numberOrNull(row.deleted_at),
    readable: row.readable === 1,
  }
}

function readContactRow(row: Row): ContactRow {
  return {
    ...common(row),
    title: String(row.title),
    sortName: String(row.sort_name),
    organisation: textOrNull(row.organisation),
    phones: JSON.parse(String(row.phones)),
    mails: JSON.parse(String(row.mails)),
    isGroup: row.is_group === 1,
  }
}

function readEventRow(row: Row): EventRow {
  return {
    ...common(row),
    component: String(row.component),
    title: String(row.title),
    place: textOrNull(row.place),
    startsAt: numberOrNull(row.starts_at),
    endsAt: numberOrNull(row.ends_at),
    allDay: row.all_day === 1,
    recurring: row.recurring === 1,
  }
}

function readPhotoRow(row: Row): PhotoRow {
  return {
    ...common(row),
    mediaType: String(row.media_type),
    takenAt: Number(row.taken_at),
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    contentId: textOrNull(row.content_id),
    burstId: textOrNull(row.burst_id),
  }
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value)
}
