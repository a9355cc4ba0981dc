/** Which files are shown as one picture, and which must not be. */
import { expect, test } from 'vitest'
import { groupPictures, type PhotoFile } from '../../../main/photos/pictures.ts'
import { sameShot } from '../../../main/photos/same-shot.ts'
import { readPhoto } from '../../../main/replica/index/photo.ts'
import { describeCorpus } from '../../corpus.ts'

const NOON = Date.UTC(2026, 10, 23, 12)

function photo(name: string, more: Partial<PhotoFile> = {}): PhotoFile {
  return {
    ...{ name, hash: null },
    mediaType: 'image/heic',
    takenAt: NOON,
    takenFrom: 'exif',
    camera: 'Apple iPhone 15',
    width: 4032,
    height: 3024,
    latitude: 52.5,
    longitude: 13.4,
    contentId: null,
    burstId: null,
    hasMakerNote: true,
    isShrunk: false,
    ...more,
  }
}
const jpeg = (name: string, more: Partial<PhotoFile> = {}) =>
  photo(name, { mediaType: 'image/jpeg', ...more })
const raw = (name: string) => photo(name, { mediaType: 'image/x-adobe-dng' })
const film = (name: string, more: Partial<PhotoFile> = {}) =>
  photo(name, { mediaType: 'video/quicktime', takenFrom: 'film', width: 1920, height: 1440, ...more })
const note = (name: string) =>
  photo(name, { mediaType: 'application/xml', takenFrom: 'sent', camera: null, width: null, height: null })

const names = (files: PhotoFile[]) =>
  groupPictures(files).map(({ original, together }) => [original, ...together].map(({ name }) => name))

const ONE: [string, PhotoFile[]][] = [
  ['a Live Photo by name and time', [photo('IMG_1.HEIC'), film('IMG_1.MOV', { takenAt: NOON + 2000 })]],
  [
    'a Live Photo by its identifier',
    [
      photo('a/IMG_1.HEIC', { contentId: 'ID-123456' }),
      film('b/x.mov', { contentId: 'ID-123456', takenAt: 0 }),
    ],
  ],
  [
    'a Live Photo whose camera noted no offset',
    [photo('IMG_1.HEIC'), film('IMG_1.MOV', { takenAt: NOON - 2 * 3_600_000 - 1000 })],
  ],
  [
    'the same photo that came in two ways',
    [jpeg('2026/11/image.jpg', { hash: 'A' }), jpeg('Camera/a.jpg', { hash: 'A' })],
  ],
  ['raw and JPEG', [jpeg('DSC1.JPG'), raw('DSC1.DNG')]],
  [
    'raw and JPEG of a Pixel',
    [jpeg('PXL_20261123_120000123.RAW-01.COVER.jpg'), raw('PXL_20261123_120000123.RAW-02.ORIGINAL.dng')],
  ],
  [
    'an edit',
    [photo('IMG_1234.HEIC'), jpeg('IMG_E1234.JPG', { width: 3000, height: 3000 }), note('IMG_1234.AAE')],
  ],
  [
    'an edit of Google Photos',
    [jpeg('PXL_20261123_120000123.jpg'), jpeg('PXL_20261123_120000123~2.jpg', { width: 9 })],
  ],
  ['a note', [jpeg('IMG_5910.jpg'), note('IMG_5910.jpg.xmp')]],
  [
    'a burst by its identifier',
    [photo('IMG_1.HEIC', { burstId: 'B' }), photo('IMG_2.HEIC', { burstId: 'B' })],
  ],
  [
    'a burst by name',
    [
      jpeg('00001IMG_00001_BURST20261123120000123_COVER.jpg'),
      jpeg('00000IMG_00000_BURST20261123120000123.jpg'),
    ],
  ],
  [
    'a numbered burst',
    [jpeg('20261123_120000_001.jpg'), jpeg('20261123_120000_002.jpg'), jpeg('20261123_120000_003.jpg')],
  ],
  ['a converted copy', [photo('DCIM/IMG_1.HEIC'), jpeg('IMG_1.jpeg', { latitude: null, longitude: null })]],
  [
    'a copy under a made-up name, by the fraction of the second',
    [
      jpeg('PXL_20261123_120000123.jpg', { takenAt: NOON + 123 }),
      jpeg('1000012345.jpg', { takenAt: NOON + 123, latitude: null }),
    ],
  ],
  [
    'a reduced copy under a made-up name',
    [photo('IMG_1.HEIC'), jpeg('image.jpg', { width: 1008, height: 756 })],
  ],
]
test.each(ONE)('one picture: %s', (_, files) => {
  const expected = [files.map(({ name }) => name)]
  expect(names(files)).toEqual(expected)
  expect(names(files.toReversed())).toEqual(expected)
})

const SEPARATE: [string, PhotoFile[]][] = [
  ['two photos of one second', [photo('IMG_1.HEIC'), photo('IMG_2.HEIC')]],
  ['two photos of one second, both copies', [jpeg('IMG_1.jpeg'), jpeg('IMG_2.jpeg')]],
  ['a photo and the copy of the next of the same second', [photo('IMG_1.HEIC'), jpeg('IMG_2.jpeg')]],
  ['two with made-up names in one second', [photo('IMG_1.HEIC'), jpeg('image.jpg'), jpeg('image (2).jpg')]],
  [
    'two that are numbered, or named with their milliseconds',
    [
      jpeg('20261123_120000_123.jpg', { takenAt: NOON + 123 }),
      jpeg('20261123_120000_124.jpg', { takenAt: NOON + 124 }),
    ],
  ],
  [
    'two of one second that a phone counts',
    [jpeg('20261123_120000(0).jpg', { takenAt: NOON + 1 }), jpeg('20261123_120000.jpg')],
  ],
  [
    'a film whose camera counted round',
    [photo('IMG_1.HEIC'), film('IMG_1.MOV', { takenAt: NOON - 400 * 86_400_000 })],
  ],
  ['a film of the same name elsewhere', [photo('a/IMG_1.HEIC'), film('b/IMG_1.MOV')]],
  [
    'a film of another Live Photo',
    [photo('IMG_1.HEIC', { contentId: 'A-234567' }), film('IMG_1.MOV', { contentId: 'B-234567' })],
  ],
  ['two cameras', [photo('IMG_1.HEIC'), jpeg('IMG_1.jpeg', { camera: 'Google Pixel 8' })]],
  ['two places', [photo('IMG_1.HEIC'), jpeg('IMG_1.jpeg', { latitude: 48.1 })]],
  ['two shapes', [photo('IMG_1.HEIC'), jpeg('IMG_1.jpeg', { width: 3024, height: 3024 })]],
  [
    'pictures without any date of their own',
    [jpeg('a.jpg', { takenFrom: 'sent' }), jpeg('b.jpg', { takenFrom: 'sent' })],
  ],
]
test.each(SEPARATE)('not one picture: %s', (_, files) => {
  expect(names(files)).toEqual(files.map(({ name }) => [name]))
})

test('a clock that stands still joins nothing', () => {
  const files = Array.from({ length: 100 }, (_, n) =>
    jpeg(`made-${n}/image.jpg`, { width: 1000 + n * 4, height: 750 + n * 3 }),
  )
  expect(groupPictures(files)).toHaveLength(100)
})

test('photos whose notes are the same bytes are two pictures', () => {
  const files = [
    photo('a/IMG_1.HEIC', { takenAt: NOON - 9000 }),
    { ...note('a/IMG_1.AAE'), hash: 'N' },
    photo('b/IMG_2.HEIC'),
    { ...note('b/IMG_2.AAE'), hash: 'N' },
  ]
  expect(names(files)).toEqual([
    ['a/IMG_1.HEIC', 'a/IMG_1.AAE'],
    ['b/IMG_2.HEIC', 'b/IMG_2.AAE'],
  ])
})

test('each file is in one picture, which stands where its first file stood', () => {
  const files = [film('IMG_2.MOV'), photo('IMG_9.HEIC', { takenAt: NOON - 9000 }), photo('IMG_2.HEIC')]
  expect(names(files)).toEqual([['IMG_2.HEIC', 'IMG_2.MOV'], ['IMG_9.HEIC']])
})

test.each([
  [
    'Live Photos',
    (n: number) => [
      photo(`IMG_${n}.HEIC`, { takenAt: n * 5000 }),
      film(`IMG_${n}.MOV`, { takenAt: n * 5000 }),
    ],
  ],
  [
    'files of one name',
    (n: number) => [photo('IMG_1.HEIC', { takenAt: n }), film('IMG_1.MOV', { takenAt: n })],
  ],
  ['files of one moment', (n: number) => [photo(`a${n}/image.HEIC`), jpeg(`b${n}/image.jpg`)]],
])('50,000 files take no long time: %s', (_, pair) => {
  const files = Array.from({ length: 25_000 }, (_, n) => pair(n)).flat()
  const before = performance.now()
  const pictures = groupPictures(files)
  expect(performance.now() - before).toBeLessThan(3000)
  expect(pictures.reduce((sum, { together }) => sum + 1 + together.length, 0)).toBe(50_000)
})

describeCorpus('real photos', 'photos', (files) => {
  test('an iPhone’s photo and its copy without a place are one shot', async () => {
    const [bare, placed] = await Promise.all(
      ['IMG_2927.HEIC', 'exif-at-eof.heic'].map(async (end) => {
        const { path, name } = files.find((file) => file.name.endsWith(end))!
        return { ...(await readPhoto(path, name, 0)), name, hash: null }
      }),
    )
    expect(sameShot(bare!, placed!)).toBe(true)
    expect(groupPictures([bare!, placed!])).toMatchObject([{ original: placed, together: [bare] }])
  })
})
