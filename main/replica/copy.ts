/** Copies and moves within the replica, and what else makes a new version from an old one: bytes are shared, facts come along. */
import type { SQLOutputValue } from 'node:sqlite'
import { followSentTime, INDEX_TABLES } from './index/facts.ts'
import {
  appendVersion,
  type Cause,
  currentRow,
  findItem,
  type Item,
  type ItemKind,
  listBelow,
  readBody,
  removeItem,
  vacatePlace,
} from './items.ts'
import { copyProperties } from './properties.ts'
import type { Transaction } from './replica.ts'

export interface Place {
  collectionId: number
  name: string
}

/**
 * Copies an item, and a folder with all below it unless `shallow`, over whatever is at the target. Photo files are shared,
 * not written again. The caller has checked that the target's parent exists and that it may be overwritten.
 * @returns the new item at the target.
 */
export function copyItem(tx: Transaction, from: Place, to: Place, cause: Cause, shallow = false): Item {
  return transferItem(tx, from, to, cause, { shallow, moving: false })
}

function transferItem(
  tx: Transaction,
  from: Place,
  to: Place,
  cause: Cause,
  { shallow, moving }: { shallow: boolean; moving: boolean },
): Item {
  const source = findItem(tx, from.collectionId, from.name)
  if (!source) throw new Error(`copyItem: nothing at ${from.name}`)
  const below = source.kind === 'folder' && !shallow ? listBelow(tx, from.collectionId, from.name) : []
  removeItem(tx, to.collectionId, to.name, cause)
  const copied = copyOne(tx, source, to, cause, moving)
  for (const item of below) {
    const name = to.name + item.name.slice(from.name.length)
    copyOne(tx, item, { collectionId: to.collectionId, name }, cause, moving)
  }
  return copied
}

function copyOne(tx: Transaction, source: Item, to: Place, cause: Cause, moving: boolean): Item {
  const version = {
    ...source,
    kind: source.kind as ItemKind,
    name: to.name,
    body: readBody(tx, source.seq) ?? null,
  }
  const replaced = currentRow(tx, to.collectionId, to.name)
  const itemId = moving ? source.itemId : undefined
  const item = appendVersion(tx, to.collectionId, version, cause, replaced, itemId)
  insertIndexRows(tx, indexRows(tx, source.seq), item.seq)
  copyProperties(tx, { collectionId: source.collectionId, name: source.name }, to)
  return item
}

type IndexRow = { table: (typeof INDEX_TABLES)[number]; values: Record<string, SQLOutputValue> }

/** What the index holds of a version. */
function indexRows(tx: Transaction, seq: number): IndexRow[] {
  return INDEX_TABLES.flatMap((table) => {
    const values = tx.statement(`SELECT * FROM ${table} WHERE seq = ?`).get(seq)
    return values ? [{ table, values }] : []
  })
}

function insertIndexRows(tx: Transaction, rows: IndexRow[], seq: number): void {
  for (const { table, values } of rows) {
    const columns = Object.keys(values)
    tx.statement(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ).run(...Object.values({ ...values, seq }))
  }
}

/** Gives an item another time of its last change, as a version of its own; bytes, facts and properties stay. */
export function touchItem(tx: Transaction, item: Item, modifiedAt: number, cause: Cause): Item {
  if (item.kind === 'gone') throw new Error(`touchItem: ${item.name} is gone`)
  const rows = indexRows(tx, item.seq)
  const version = { ...item, modifiedAt, body: readBody(tx, item.seq) ?? null }
  const touched = appendVersion(tx, item.collectionId, version, cause, item)
  insertIndexRows(tx, rows, touched.seq)
  followSentTime(tx, touched)
  return touched
}

/** Moves an item, a folder with all below it, over whatever is at the target; same rules as `copyItem`. */
export function moveItem(tx: Transaction, from: Place, to: Place, cause: Cause): Item {
  const source = findItem(tx, from.collectionId, from.name)
  const moved = transferItem(tx, from, to, cause, { shallow: false, moving: true })
  if (source) vacatePlace(tx, source, cause)
  return moved
}
