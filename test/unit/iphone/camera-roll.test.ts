/** The files of one shot keep names by which they are known as one: original, film of a Live Photo, edits, notes of an edit. */
import { expect, it } from 'vitest'
import type { BackedUpFile } from '../../../main/links/iphone/backup.ts'
import type { Assets } from '../../../main/links/iphone/photos/assets.ts'
import { listPictures } from '../../../main/links/iphone/photos/camera-roll.ts'
import { readName } from '../../../main/photos/photo-name.ts'

function list(paths: readonly string[], state: ReturnType<Assets['stateOf']> = 'shown') {
  const backup = {
    *list(_domain: string, prefix: string): Generator<BackedUpFile> {
      const times = { modifiedAt: 1, bornAt: 1, wrappedKey: undefined }
      for (const path of paths.map((one) => `Media/${one}`).filter((one) => one.startsWith(prefix)))
        yield { id: '', domain: '', path, size: 1, ...times }
    },
  }
  const assets: Assets = { stateOf: () => state, shown: new Set(), albums: undefined }
  return [...listPictures(backup, assets, (path) => expect.unreachable(path))].map(({ path }) => path)
}

const edit = (original: string, file: string) => `PhotoData/Mutations/${original}/Adjustments/${file}`

it.each([
  [
    [
      'DCIM/100APPLE/IMG_0001.HEIC',
      'DCIM/100APPLE/IMG_0001.MOV',
      'DCIM/100APPLE/IMG_0001.AAE',
      edit('DCIM/100APPLE/IMG_0001', 'FullSizeRender.heic'),
      edit('DCIM/100APPLE/IMG_0001', 'FullSizeRender.mov'),
    ],
    ['DCIM/100APPLE/IMG_E0001.heic', 'DCIM/100APPLE/IMG_E0001.mov'],
  ],
  [
    [
      'PhotoData/CPLAssets/group7/0A1B2C3D-4E5F.HEIC',
      edit('PhotoData/CPLAssets/group7/0A1B2C3D-4E5F', 'FullSizeRender.jpg'),
    ],
    ['PhotoData/CPLAssets/group7/0A1B2C3D-4E5F-edited.jpg'],
  ],
])('%s', (paths, edits) => {
  for (const state of ['shown', 'hidden', 'trashed'] as const) {
    const listed = list(paths, state)
    expect(listed).toHaveLength(paths.length)
    const names = listed.map((path) => ({ path, ...readName(path) }))
    expect(new Set(names.map(({ family }) => family)).size).toBe(1)
    const variants = names.filter(({ isVariant }) => isVariant).map(({ path }) => path)
    const folder = { shown: '', hidden: 'Hidden/', trashed: 'Recently Deleted/' }[state]
    expect(variants).toEqual(edits.map((path) => folder + path))
  }
})

it('steps on the way to an edit, thumbnails and what is hidden from view are no pictures', () => {
  expect(
    list([
      edit('DCIM/100APPLE/IMG_0001', 'PenultimateFullSizeRender.jpg'),
      edit('DCIM/100APPLE/IMG_0001', 'Adjustments.plist'),
      'PhotoData/Thumbnails/V2/DCIM/100APPLE/IMG_0001.HEIC/5005.JPG',
      'DCIM/.MISC/Incoming',
    ]),
  ).toEqual([])
})
