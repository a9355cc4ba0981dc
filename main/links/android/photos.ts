/** Captures a phone's photos and films: lists them, and reads those that are new or changed, several at a time. */
import { posix } from 'node:path'
import { AdbSyncError } from '@yume-chan/adb'
import { Problem } from '../../problem.ts'
import { countDone, stopIfAsked, totalOf, type Watch } from '../../progress.ts'
import type { CaptureSink } from '../link.ts'
import type { Device, Entry } from './device.ts'
import { listRoots } from './storage.ts'
import { inStreams } from './streams.ts'

/** Taken in at once: while some are read off the phone, others are made durable, and the more there are, the more share a sync. */
const MOST_AT_ONCE = 24

/** Folders that hold photos and films, of the camera and of other apps. */
const FOLDERS = ['DCIM', 'Pictures', 'Movies']

export interface PhonePhoto {
  /** On the phone. */
  source: string
  /** In the library: as on the phone, cards by their name. */
  path: string
  size: number
  modifiedAt: number
}

/**
 * Reads every photo and film that the sink does not know. A file that is refused or gone is told to the sink, and the rest goes on.
 * @param more folders that their owner chose besides the usual ones.
 * @throws when the phone is gone, or when the sink can take no more.
 */
export async function capturePhotos(
  device: Device,
  sink: CaptureSink,
  watch: Watch,
  more: readonly string[] = [],
): Promise<void> {
  const photos: PhonePhoto[] = []
  for await (const photo of listPhotos(device, more)) {
    stopIfAsked(watch)
    if (!sink.hasFile(photo)) photos.push(photo)
  }
  const done = countDone('Reading photos', totalOf(photos), watch)
  // The newest first: they are what is nowhere else.
  photos.sort((a, b) => b.modifiedAt - a.modifiedAt)
  await inStreams(MOST_AT_ONCE, photos, async (photo) => {
    stopIfAsked(watch)
    await readPhoto(device, photo, sink)
    done(photo)
  })
}

async function readPhoto(device: Device, photo: PhonePhoto, sink: CaptureSink): Promise<void> {
  const { source, ...file } = photo
  let refusal: unknown
  const open = () => {
    const bytes = device.open(source, file.size)
    bytes.once('error', (error) => {
      refusal = error
    })
    return bytes
  }
  try {
    await sink.file({ ...file, open, piecesToFree: true })
  } catch (error) {
    if (refusal instanceof AdbSyncError) sink.missed(file.path, reasonOf(refusal.message))
    else if (error instanceof Problem && OF_ONE_FILE.has(error.code))
      sink.missed(file.path, `${error.message} ${error.next}`)
    // What else fails on our side, or for want of the phone, fails for all files.
    else throw error
  }
}

/** A film that is still being taken, or a path that no library can have. */
const OF_ONE_FILE: ReadonlySet<Problem['code']> = new Set(['busy', 'bad-input', 'already-exists'])

function reasonOf(said: string): string {
  if (/permission denied/i.test(said)) return 'The phone does not let this file be read.'
  if (/no such file/i.test(said)) return 'It was deleted or moved while the phone was read.'
  return `The phone could not read it: ${said}`
}

/** All photos and films of the phone; nothing hidden, which is where thumbnails, the bin and unfinished files are. */
async function* listPhotos(device: Device, more: readonly string[]): AsyncGenerator<PhonePhoto> {
  for (const root of await listRoots(device)) {
    for (const folder of outermost([...FOLDERS, ...more])) {
      yield* listBelow(device, posix.join(root.source, folder), posix.join(root.path, folder))
    }
  }
}

/** Nothing is listed twice, where one folder lies within another. */
function outermost(folders: readonly string[]): string[] {
  const all = [...new Set(folders)]
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}/`)))
}

async function* listBelow(device: Device, source: string, path: string): AsyncGenerator<PhonePhoto> {
  const entries: Entry[] = await device.list(source)
  for (const { name, kind, size, modifiedAt } of entries) {
    if (name.startsWith('.')) continue
    const [from, to] = [posix.join(source, name), posix.join(path, name)]
    if (kind === 'folder') yield* listBelow(device, from, to)
    else if (kind === 'file') yield { source: from, path: to, size, modifiedAt }
  }
}
