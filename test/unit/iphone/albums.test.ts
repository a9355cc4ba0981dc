/** Albums, in the tables of several versions of iOS. */
import { describe, expect, it } from 'vitest'
import { readAlbums } from '../../../main/links/iphone/photos/albums.ts'
import { readAssets } from '../../../main/links/iphone/photos/assets.ts'
import { type AlbumRow, makePhotos, type PhotoRow, type Schema } from '../../phone/iphone-data.ts'
import { opener } from './made.ts'

const open = opener()
const PHOTOS: PhotoRow[] = [
  { directory: 'DCIM/100APPLE', filename: 'IMG_0001.HEIC', favourite: true },
  { directory: 'DCIM/100APPLE', filename: 'IMG_0002.JPG', hidden: true },
  { directory: 'DCIM/100APPLE', filename: 'IMG_0003.JPG', trashed: true },
  { directory: 'PhotoData/CPLAssets/group7', filename: 'C0FFEE.JPG' },
]
const ALBUMS: AlbumRow[] = [
  { name: '2025' },
  { name: 'Travel', folder: 0 },
  { name: 'Ärger & “Spaß”', folder: 1, photos: [3, 0, 2, 1] },
  { name: 'Nothing yet', photos: [] },
  { name: 'Given up', photos: [0], trashed: true },
  { name: 'Shared by others', photos: [0], kind: 1505 },
]

describe.each<Schema>(['old', 'new'])('an %s library', (schema) => {
  it('tells its owner’s albums in their own order, and the folders they lie in', () => {
    expect(readAlbums(open(makePhotos(schema, PHOTOS, ALBUMS)))).toEqual([
      { name: 'Ärger & “Spaß”', folders: ['2025', 'Travel'], assets: [4, 1, 3, 2] },
      { name: 'Nothing yet', folders: [], assets: [] },
    ])
  })

  it('becomes a file that names photos as the phone does, and what is hidden, in the bin or a favourite', () => {
    const { albums } = readAssets(open(makePhotos(schema, PHOTOS, ALBUMS)))
    const [first, second, third] = [1, 2, 3].map((n) => `DCIM/100APPLE/${PHOTOS[n - 1]!.filename}`)
    expect(JSON.parse(albums!.toString())).toEqual({
      albums: [
        {
          name: 'Ärger & “Spaß”',
          folders: ['2025', 'Travel'],
          photos: ['PhotoData/CPLAssets/group7/C0FFEE.JPG', first, second],
        },
        { name: 'Nothing yet', folders: [], photos: [] },
      ],
      favourites: [first],
      hidden: [second],
      deleted: [third],
    })
  })

  it('without albums has no such file', () => {
    expect(readAssets(open(makePhotos(schema, PHOTOS))).albums).toBeUndefined()
  })

  it('with folders in a ring is read all the same', () => {
    const database = open(makePhotos(schema, PHOTOS, ALBUMS))
    database.exec("UPDATE ZGENERICALBUM SET ZPARENTFOLDER = 11 WHERE ZTITLE = '2025'")
    expect(readAlbums(database)).toHaveLength(2)
  })

  it('that joins them in a way of its own is known as such', () => {
    const database = open(makePhotos(schema, PHOTOS, ALBUMS))
    database.exec('DELETE FROM Z_PRIMARYKEY')
    expect(readAlbums(database)).toBe('unknown')
  })
})
