/** Albums of an iPhone, and which photos are in each. */
import type { DatabaseSync } from 'node:sqlite'
import { columnsOf, groupRows, type Row, readRows, textOf } from '../rows.ts'

/** An album that its owner made. */
export interface Album {
  name: string
  /** Names of the folders that it lies in, the outermost first. */
  folders: string[]
  /** Row ids of its photos, in the album's own order. */
  assets: number[]
}

/** `ZKIND` of albums that people make; others are made by the phone, shared by others, or marks of an import. */
const OWN = 2
const FOLDER = 4000

/** Undefined when the library has no table of albums; `unknown` when it does not tell in a known way which photos are in them. */
export function readAlbums(database: DatabaseSync): Album[] | 'unknown' | undefined {
  if (columnsOf(database, 'ZGENERICALBUM').length === 0) return undefined
  const columns = ['Z_PK', 'ZKIND', 'ZTITLE', 'ZPARENTFOLDER', 'ZTRASHEDSTATE']
  const rows = new Map([...readRows(database, 'ZGENERICALBUM', columns)].map((row) => [row.Z_PK!, row]))
  const members = readMembers(database)
  if (!members) return 'unknown'
  return [...rows.values()]
    .filter((row) => row.ZKIND === OWN && row.ZTRASHEDSTATE !== 1)
    .map((row) => ({
      name: textOf(row.ZTITLE),
      folders: foldersAbove(row, rows),
      assets: members.get(row.Z_PK!) ?? [],
    }))
}

function foldersAbove(album: Row, rows: ReadonlyMap<Row[string], Row>): string[] {
  const names: string[] = []
  let folder = rows.get(album.ZPARENTFOLDER ?? null)
  // The root has another kind; a damaged chain may lead back to its beginning.
  while (folder?.ZKIND === FOLDER && names.length < rows.size) {
    names.unshift(textOf(folder.ZTITLE))
    folder = rows.get(folder.ZPARENTFOLDER ?? null)
  }
  return names
}

/**
 * The photos of each album. The table that joins them has the numbers of both entities in its names, such as
 * `Z_28ASSETS (Z_28ALBUMS, Z_3ASSETS, Z_FOK_3ASSETS)`, and each version of iOS counts its entities anew.
 */
function readMembers(database: DatabaseSync): Map<Row[string], number[]> | undefined {
  const [entity] = readRows(database, 'Z_PRIMARYKEY', ['Z_ENT'], "WHERE Z_NAME = 'Album'")
  const table = `Z_${entity?.Z_ENT}ASSETS`
  const columns = columnsOf(database, table)
  const named = (form: RegExp) => columns.find((name) => form.test(name))
  const [album, asset] = [named(/^Z_\d+ALBUMS$/), named(/^Z_\d+ASSETS$/)]
  if (!album || !asset) return undefined
  const order = named(/^Z_FOK_\d+ASSETS$/)
  const rows = readRows(database, table, [album, asset], order ? `ORDER BY "${order}"` : '')
  return new Map(
    [...groupRows(rows, album)].map(([key, group]) => [key, group.map((row) => Number(row[asset]))]),
  )
}
