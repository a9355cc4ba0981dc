/** Photos and films of a backup: originals, what was edited of them, and what the phone itself has only in iCloud. */
import type { DatabaseSync } from 'node:sqlite'
import type { Problem } from '../../../problem.ts'
import type { BackedUpFile, Backup } from '../backup.ts'
import { columnsOf, readRows, textOf } from '../rows.ts'
import { type Album, readAlbums } from './albums.ts'

const DOMAIN = 'CameraRollDomain'
export const PHOTO_DATABASE = { domain: DOMAIN, path: 'Media/PhotoData/Photos.sqlite' } as const

/** What the phone's library says of a photo. */
export interface Assets {
  stateOf(path: string): AssetState
  /** Paths of all photos and films that the library shows, below `Media/`. */
  shown: ReadonlySet<string>
  /** What its owner's albums hold, as a file for the library; undefined when it has none, `unknown` when they cannot be read. */
  albums: Buffer | 'unknown' | undefined
}

type AssetState = 'shown' | 'hidden' | 'trashed'

// Photos.sqlite is called this way since iOS 14, and that way before.
const TABLES = ['ZASSET', 'ZGENERICASSET']

export function readAssets(database: DatabaseSync): Assets {
  const states = new Map<string, AssetState>()
  const shown = new Set<string>()
  const paths = new Map<number, string>()
  const favourites: string[] = []
  const table = TABLES.find((name) => columnsOf(database, name).length > 0)
  const columns = ['Z_PK', 'ZDIRECTORY', 'ZFILENAME', 'ZTRASHEDSTATE', 'ZHIDDEN', 'ZFAVORITE']
  for (const row of table === undefined ? [] : readRows(database, table, columns)) {
    const [directory, filename] = [textOf(row.ZDIRECTORY), textOf(row.ZFILENAME)]
    if (directory === '' || filename === '') continue
    const path = `${directory}/${filename}`
    // All files of a photo have its stem: the film of a Live Photo, its edits' description.
    if (row.ZTRASHEDSTATE === 1) states.set(stemOf(path), 'trashed')
    else if (row.ZHIDDEN === 1) states.set(stemOf(path), 'hidden')
    if (row.ZTRASHEDSTATE === 1) continue
    shown.add(path)
    const stored = STATE_FOLDERS[row.ZHIDDEN === 1 ? 'hidden' : 'shown'] + path
    paths.set(Number(row.Z_PK), stored)
    if (row.ZFAVORITE === 1) favourites.push(stored)
  }
  const albums = readAlbums(database)
  return {
    stateOf: (path) => states.get(stemOf(path)) ?? 'shown',
    shown,
    albums: Array.isArray(albums) ? writeAlbums(albums, paths, favourites) : albums,
  }
}

/** @param paths in the phone's library, by row id. */
function writeAlbums(
  albums: readonly Album[],
  paths: ReadonlyMap<number, string>,
  favourites: readonly string[],
): Buffer {
  const written = albums.map(({ name, folders, assets }) => {
    return { name, folders, photos: assets.flatMap((key) => paths.get(key) ?? []) }
  })
  return Buffer.from(`${JSON.stringify({ albums: written, favourites }, null, 2)}\n`)
}

/** Where the albums are kept: beside the photos that they name, for whoever has the library. */
export const ALBUMS_FILE = 'Albums.json'

/** A photo or film, or what was edited of one. */
export interface Picture {
  file: BackedUpFile
  /** Below the phone's library. Hidden ones and those in the bin lie in folders of their own. */
  path: string
  /** Of the original, below `Media/`. */
  original: string
}

const FOLDERS = ['Media/DCIM/', 'Media/PhotoData/CPLAssets/', 'Media/PhotoData/Mutations/']

/** All of them, by path in the backup. @param damaged hears of those of which the backup's list tells nothing that can be read. */
export function* listPictures(
  backup: Backup,
  assets: Assets | undefined,
  damaged: (path: string, problem: Problem) => void,
): Generator<Picture> {
  for (const folder of FOLDERS) {
    for (const file of backup.list(DOMAIN, folder, damaged)) {
      const below = file.path.slice('Media/'.length)
      if (/(?:^|\/)\./.test(below)) continue
      const place = placeOf(below)
      if (place) yield { file, original: place.original, path: inFolder(place, assets) }
    }
  }
}

interface Place {
  path: string
  original: string
}

// `PhotoData/Mutations/DCIM/100APPLE/IMG_0001/Adjustments/FullSizeRender.jpg`; the others there are steps on the way to it.
const EDITED = /^PhotoData\/Mutations\/(.+)\/([^/]+)\/Adjustments\/FullSizeRender(\.\w+)$/

function placeOf(below: string): Place | undefined {
  if (!below.startsWith('PhotoData/Mutations/')) return { path: below, original: below }
  const [, folder, stem = '', extension] = EDITED.exec(below) ?? []
  if (folder === undefined) return undefined
  // As Apple names what was edited when it copies photos to a computer.
  const name = /^IMG_\d/.test(stem) ? stem.replace('IMG_', 'IMG_E') : `${stem}-edited`
  return { path: `${folder}/${name}${extension}`, original: `${folder}/${stem}${extension}` }
}

const STATE_FOLDERS: Record<AssetState, string> = {
  shown: '',
  hidden: 'Hidden/',
  trashed: 'Recently Deleted/',
}

function inFolder({ path, original }: Place, assets: Assets | undefined): string {
  return STATE_FOLDERS[assets?.stateOf(original) ?? 'shown'] + path
}

function stemOf(path: string): string {
  return path.replace(/\.\w+$/, '').toUpperCase()
}
