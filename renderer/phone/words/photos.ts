/** What the pages say while photos are sent. */
import type { Doubt } from '../../../preload/portal.ts'
import { formatBytes, formatCount } from '../format.ts'
import { files, several } from './several.ts'

export const photos = {
  lead: 'Choose as many as you like, also all. What the computer has already is not sent again.',
  fromPhotos: 'From Photos',
  fromFiles: 'From Files',
  current:
    'In the picker, tap Options and choose “Current”, so that the originals come and not smaller copies.',
  filesHint: {
    iphone: '“From Files” hands over files exactly as they are.',
    android:
      'Android takes the place out of photos that it hands to a page, by now also “From Files”. The Nextcloud app and PhotoSync send them whole.',
    other: '“From Files” hands over files exactly as they are.',
  },
  notPhotos: (count: number) => `${files(count)} left out: neither photo nor film.`,
  nothingNew: 'These are in the list already.',
  progress: 'Progress',
  activity: {
    empty: '',
    comparing: 'Comparing with your computer',
    sending: 'Sending',
    checking: 'Reading back from the computer’s disk',
    paused: 'Paused',
    'no-network': 'Waiting for the computer',
    done: 'Done',
  },
  counts: (settled: number, all: number) => `${formatCount(settled)} of ${files(all)}`,
  bytes: (done: number, all: number) => `${formatBytes(done)} of ${formatBytes(all)}`,
  keepOpen: 'Keep this page open. If the phone is locked, it goes on when you come back.',
  noNetwork: 'Nothing is lost: it goes on by itself from where it was.',
  pause: 'Pause',
  resume: 'Go on',
  cancelAll: 'Stop all',
  cancelAsk: 'Stop sending? What has been stored stays stored.',
  cancelYes: 'Stop',
  cancelNo: 'Go on sending',
  cancelOne: (name: string) => `Leave out ${name}`,
  retryOne: (name: string) => `Try ${name} again`,
  retryAll: 'Try all again',
  now: 'On their way',
  failed: 'Not stored',
  next: 'Waiting',
  more: (count: number) => `and ${formatCount(count)} more`,
  stage: {
    waiting: 'Waiting',
    hashing: 'Comparing',
    hashed: 'Comparing',
    ready: 'Waiting',
    sending: 'Sending',
    sent: 'Sent, to be read back',
    stored: 'Stored and read back',
    known: 'Already there',
    failed: 'Not stored',
  },
  summary: {
    good: 'All of it is on your computer.',
    some: 'Some files are not on your computer.',
    stored: (count: number) => `${files(count)} stored, read back from the disk and compared`,
    known: (count: number) => `${files(count)} there already`,
    failed: (count: number) => `${files(count)} not stored`,
  },
  doubt: {
    converted: (count: number) =>
      `${files(count)} came as JPEG where the phone most likely has a HEIC original.`,
    'place-removed': (count: number) =>
      `${files(count)} came without the place where ${count === 1 ? 'it was' : 'they were'} taken.`,
    'film-missing': (count: number) =>
      `${several(count, 'Live Photo', 'Live Photos')} came without the film.`,
    reduced: (count: number) => `${files(count)} may be smaller than the original.`,
  } satisfies Record<Doubt, (count: number) => string>,
  doubtTitle: 'Perhaps not the originals',
  doubtWays:
    'They are kept. Originals come by the Nextcloud app, by PhotoSync, by cable, or from an iPhone backup on the computer; both are then kept and shown as one.',
  leaving: 'Photos are still being sent.',
  alone: 'Would you rather have new photos sent by themselves?',
  aloneLink: 'Set up an app for it',
}
