/** What an iPhone's own library says of its photos: which are hidden or in the bin, which are favourites, and what its albums hold. */
import type { DatabaseSync } from 'node:sqlite'
import { columnsOf, readRows, textOf } from '../rows.ts'
import { type Album, readAlbums } from './albums.ts'

export const CAMERA_ROLL = 'CameraRollDomain'
export const PHOTO_DATABASE = { domain: CAMERA_ROLL, path: 'Media/PhotoData/Photos.sqlite' } as const

export interface Assets {
  stateOf(path: string): AssetState
  /** Paths of all photos and films that the library shows, below `Media/`. */
  shown: ReadonlySet<string>
  /** As `Albums.json` has it; undefined when the library has no albums, `unknown` when they cannot be read. */
  albums: Buffer | 'unknown' | undefined
}

export type AssetState = 'shown' | 'hidden' | 'trashed'

// Photos.sqlite is called this way since iOS 14, and that way before.
const TABLES = ['ZASSET', 'ZGENERICASSET']

export function readAssets(database: DatabaseSync): Assets {
  const states = new Map<string, AssetState>()
  const paths = new Map<number, string>()
  const lists = { favourites: [] as string[], hidden: [] as string[], deleted: [] as string[] }
  const table = TABLES.find((name) => columnsOf(database, name).length > 0)
  const columns = ['Z_PK', 'ZDIRECTORY', 'ZFILENAME', 'ZTRASHEDSTATE', 'ZHIDDEN', 'ZFAVORITE']
  for (const row of table === undefined ? [] : readRows(database, table, columns)) {
    const [directory, filename] = [textOf(row.ZDIRECTORY), textOf(row.ZFILENAME)]
    if (directory === '' || filename === '') continue
    const path = `${directory}/${filename}`
    // All files of a photo have its stem: the film of a Live Photo, its edits' description.
    if (row.ZTRASHEDSTATE === 1) states.set(stemOf(path), 'trashed')
    else if (row.ZHIDDEN === 1) states.set(stemOf(path), 'hidden')
    if (row.ZFAVORITE === 1) lists.favourites.push(path)
    if (row.ZHIDDEN === 1) lists.hidden.push(path)
    if (row.ZTRASHEDSTATE === 1) lists.deleted.push(path)
    else paths.set(Number(row.Z_PK), path)
  }
  const albums = readAlbums(database)
  return {
    stateOf: (path) => states.get(stemOf(path)) ?? 'shown',
    shown: new Set(paths.values()),
    albums: Array.isArray(albums) ? writeAlbums(albums, paths, lists) : albums,
  }
}

function stemOf(path: string): string {
  return path.replace(/\.\w+$/, '').toUpperCase()
}

/** Where the albums are kept: beside the photos that they name, for whoever has the library. */
export const ALBUMS_FILE = 'Albums.json'

/**
 * Photos go by their paths on the phone; a library keeps a photo where it first came to it, also when it is hidden or deleted later.
 * @param paths of photos by row id.
 */
function writeAlbums(
  albums: readonly Album[],
  paths: ReadonlyMap<number, string>,
  lists: Readonly<Record<'favourites' | 'hidden' | 'deleted', readonly string[]>>,
): Buffer {
  const written = albums.map(({ name, folders, assets }) => {
    return { name, folders, photos: assets.flatMap((key) => paths.get(key) ?? []) }
  })
  return Buffer.from(`${JSON.stringify({ albums: written, ...lists }, null, 2)}\n`)
}
