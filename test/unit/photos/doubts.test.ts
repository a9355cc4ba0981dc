/** What speaks against a file being the original, and what does not. */
import { expect, test } from 'vitest'
import { doubtsOf, type HowPicked, type PickedFile } from '../../../main/photos/doubts.ts'
import { readPhoto } from '../../../main/replica/index/photo.ts'
import type { Doubt } from '../../../preload/portal.ts'
import { describeCorpus } from '../../corpus.ts'

const PHOTO: PickedFile = {
  name: 'IMG_0001.HEIC',
  mediaType: 'image/heic',
  takenAt: Date.UTC(2026, 10, 23),
  takenFrom: 'exif',
  camera: 'Apple iPhone 15',
  latitude: 52.5,
  contentId: null,
  hasMakerNote: true,
  placeEmptied: false,
  isShrunk: false,
}
const IPHONE: HowPicked = { platform: 'iphone', picked: 'photos', filmIsHere: false }
const ANDROID: HowPicked = { ...IPHONE, platform: 'android' }
const PIXEL = { camera: 'Google Pixel 8', name: 'PXL_20261123_120000123.jpg', mediaType: 'image/jpeg' }
const BARE = { camera: null, takenFrom: 'sent', hasMakerNote: false, latitude: null } as const

const CASES: [string, Partial<PickedFile>, HowPicked, Doubt[]][] = [
  ['an iPhone’s HEIC', {}, IPHONE, []],
  ['an iPhone’s own JPEG', { mediaType: 'image/jpeg', name: 'IMG_0001.JPG' }, IPHONE, []],
  [
    'an iPhone’s JPEG from before HEIC',
    { mediaType: 'image/jpeg', hasMakerNote: false, takenAt: 0 },
    IPHONE,
    [],
  ],
  ['a JPEG made of a HEIC', { mediaType: 'image/jpeg', name: 'IMG_0001.jpeg' }, IPHONE, ['converted']],
  ['one whose notes are lost', { mediaType: 'image/jpeg', hasMakerNote: false }, IPHONE, ['converted']],
  [
    'a renamed JPEG among files',
    { mediaType: 'image/jpeg', name: 'x.jpeg' },
    { ...IPHONE, picked: 'files' },
    [],
  ],
  ['a photo that never had a place, from an iPhone', { latitude: null }, IPHONE, []],
  ['a Pixel’s photo', PIXEL, ANDROID, []],
  ['a Pixel’s photo without place', { ...PIXEL, latitude: null }, ANDROID, ['place-removed']],
  [
    'blanked fields, from anywhere',
    { ...PIXEL, latitude: null, placeEmptied: true },
    { ...IPHONE, platform: 'other' },
    ['place-removed'],
  ],
  ['a Live Photo alone', { contentId: 'ID-123456' }, IPHONE, ['film-missing']],
  ['a Live Photo with its film', { contentId: 'ID-123456' }, { ...IPHONE, filmIsHere: true }, []],
  ['fewer pixels than noted', { isShrunk: true }, IPHONE, ['reduced']],
  [
    'nothing left, and a made-up name',
    { ...BARE, mediaType: 'image/jpeg', name: 'image.jpg' },
    IPHONE,
    ['reduced'],
  ],
  [
    'Android’s number for a name',
    { ...BARE, mediaType: 'image/jpeg', name: '1000012345.jpg' },
    ANDROID,
    ['reduced'],
  ],
  ['a screenshot', { ...BARE, mediaType: 'image/png', name: 'Screenshot_20261123.png' }, ANDROID, []],
  ['a screenshot under a made-up name', { ...BARE, mediaType: 'image/png', name: 'image.png' }, IPHONE, []],
  ['a download', { ...BARE, mediaType: 'image/jpeg', name: 'IMG-20261123-WA0001.jpg' }, ANDROID, []],
  ['a film', { mediaType: 'video/quicktime', contentId: 'ID-123456' }, IPHONE, []],
  [
    'all at once',
    {
      mediaType: 'image/jpeg',
      name: 'image.jpeg',
      placeEmptied: true,
      contentId: 'ID-123456',
      isShrunk: true,
    },
    IPHONE,
    ['converted', 'place-removed', 'film-missing', 'reduced'],
  ],
]
test.each(CASES)('%s', (_, facts, how, expected) => {
  expect(doubtsOf({ ...PHOTO, ...facts }, how)).toEqual(expected)
})

describeCorpus('real photos', 'photos', (files) => {
  test.each([
    ['IMG_2927.HEIC', IPHONE, ['film-missing']],
    ['PXL_20200710_061629144.MP.jpg', { ...ANDROID, platform: 'other' }, []],
    ['PXL_20200710_061629144.MP.jpg', ANDROID, ['place-removed']],
    ['IMG_20180725_163423-tiny.jpg', ANDROID, ['reduced']],
    ['Apple iPhone 4.jpg', IPHONE, []],
    ['noexif.jpg', ANDROID, []],
  ] as [string, HowPicked, Doubt[]][])('%s', async (end, how, expected) => {
    const { path, name } = files.find((file) => file.name.endsWith(end))!
    expect(doubtsOf({ ...(await readPhoto(path, name, 0)), name: end }, how)).toEqual(expected)
  })
})
