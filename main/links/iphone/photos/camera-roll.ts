/** Photos and films of a backup: originals, and what was edited of them. */
import type { Problem } from '../../../problem.ts'
import type { BackedUpFile, Backup } from '../backup.ts'
import { type AssetState, type Assets, CAMERA_ROLL } from './assets.ts'

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
  backup: Pick<Backup, 'list'>,
  assets: Assets | undefined,
  damaged: (path: string, problem: Problem) => void,
): Generator<Picture> {
  for (const folder of FOLDERS) {
    for (const file of backup.list(CAMERA_ROLL, folder, damaged)) {
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
