/** Dead WebDAV properties (RFC 4918, 4.3) of collections and items, kept as the XML the client sent. */
import type { Reader, Transaction } from './replica.ts'

export interface Property {
  namespace: string
  local: string
  /** The whole property element as XML that stands by itself: every namespace it uses is declared in it. */
  xml: string
}

/** Properties of the collection itself (`name` is '') or of an item or folder in it. */
export function listProperties(reader: Reader, collectionId: number, name: string): Property[] {
  return reader
    .statement('SELECT namespace, local, xml FROM properties WHERE collection_id = ? AND name = ?')
    .all(collectionId, name)
    .map((row) => ({ namespace: String(row.namespace), local: String(row.local), xml: String(row.xml) }))
}

/** Properties of all that lies below a folder (`''` for the whole collection), by name; names without any are left out. */
export function listPropertiesBelow(
  reader: Reader,
  collectionId: number,
  folder: string,
): Map<string, Property[]> {
  const byName = new Map<string, Property[]>()
  const rows = reader
    .statement(
      'SELECT name, namespace, local, xml FROM properties WHERE collection_id = ? AND name > ? AND name < ?',
    )
    .all(collectionId, folder === '' ? '' : `${folder}/`, folder === '' ? '\u{10ffff}' : `${folder}0`)
  for (const row of rows) {
    const property = {
      namespace: String(row.namespace),
      local: String(row.local),
      xml: String(row.xml),
    }
    const known = byName.get(String(row.name))
    if (known) known.push(property)
    else byName.set(String(row.name), [property])
  }
  return byName
}

export function setProperty(tx: Transaction, collectionId: number, name: string, property: Property): void {
  tx.statement(
    'INSERT OR REPLACE INTO properties (collection_id, name, namespace, local, xml) VALUES (?, ?, ?, ?, ?)',
  ).run(collectionId, name, property.namespace, property.local, property.xml)
}

export function removeProperty(
  tx: Transaction,
  collectionId: number,
  name: string,
  namespace: string,
  local: string,
): void {
  tx.statement(
    'DELETE FROM properties WHERE collection_id = ? AND name = ? AND namespace = ? AND local = ?',
  ).run(collectionId, name, namespace, local)
}

/** Gives `to` the properties of `from`, instead of its own; used by COPY and MOVE (RFC 4918, 9.8.2). */
export function copyProperties(
  tx: Transaction,
  from: { collectionId: number; name: string },
  to: { collectionId: number; name: string },
): void {
  clearProperties(tx, to.collectionId, to.name)
  tx.statement(
    `INSERT INTO properties (collection_id, name, namespace, local, xml)
     SELECT ?, ?, namespace, local, xml FROM properties WHERE collection_id = ? AND name = ?`,
  ).run(to.collectionId, to.name, from.collectionId, from.name)
}

/** Forgets all properties of the item. */
export function clearProperties(tx: Transaction, collectionId: number, name: string): void {
  tx.statement('DELETE FROM properties WHERE collection_id = ? AND name = ?').run(collectionId, name)
}

/** Properties of what a phone has besides its collections; `place` is the link's own name for it. */
export function listPhoneProperties(reader: Reader, phoneId: string, place: string): Property[] {
  return reader
    .statement('SELECT namespace, local, xml FROM phone_properties WHERE phone_id = ? AND place = ?')
    .all(phoneId, place)
    .map((row) => ({ namespace: String(row.namespace), local: String(row.local), xml: String(row.xml) }))
}

export function setPhoneProperty(tx: Transaction, phoneId: string, place: string, property: Property): void {
  tx.statement(
    'INSERT OR REPLACE INTO phone_properties (phone_id, place, namespace, local, xml) VALUES (?, ?, ?, ?, ?)',
  ).run(phoneId, place, property.namespace, property.local, property.xml)
}

export function removePhoneProperty(
  tx: Transaction,
  phoneId: string,
  place: string,
  namespace: string,
  local: string,
): void {
  tx.statement(
    'DELETE FROM phone_properties WHERE phone_id = ? AND place = ? AND namespace = ? AND local = ?',
  ).run(phoneId, place, namespace, local)
}
