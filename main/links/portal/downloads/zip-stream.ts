/** Many files as one ZIP that is made while it is sent: stored as they are, ZIP64 where needed, its length known before it begins. */
import type { Readable } from 'node:stream'
import { ZipFile } from 'yazl'

export interface ZipEntry {
  /** Path in the ZIP, `/` between; all differ. */
  path: string
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** Opened when its turn comes; one at a time. */
  open: () => Readable
}

export interface ZipStream<Entry extends ZipEntry> {
  /** Of the whole, in bytes. */
  size: number
  /** Fails as the entry does that cannot be read. */
  bytes: Readable
  /** The entry that is being read, or was when it failed. */
  current(): Entry | undefined
  /** Lets go of the file that is being read. */
  stop(): void
}

/** @param note a text file put in before all others. */
export function createZipStream<Entry extends ZipEntry>(
  entries: readonly Entry[],
  note?: { path: string; text: string },
): ZipStream<Entry> {
  const zip = new ZipFile()
  const bytes = zip.outputStream as Readable
  let current: Entry | undefined
  let source: Readable | undefined
  zip.on('error', (error: Error) => bytes.destroy(error))
  if (note) zip.addBuffer(Buffer.from(note.text), note.path, { compress: false })
  for (const entry of entries) {
    const { path, size, modifiedAt, open } = entry
    // The format knows no time before 1970.
    const mtime = new Date(Math.max(0, modifiedAt))
    zip.addReadStreamLazy(path, { size, mtime, compress: false }, (ready) => {
      current = entry
      source = open()
      source.once('error', (error) => zip.emit('error', error))
      ready(null, source)
    })
  }
  let size = -1
  // Called before `end` returns, as all sizes are known; its types leave the number out.
  const learnSize = (total: number) => {
    size = total
  }
  zip.end({ forceZip64Format: false, comment: '' }, learnSize as () => void)
  if (size < 0) throw new Error('the size of the ZIP is not known')
  const paths = [...(note ? [note.path] : []), ...entries.map(({ path }) => path)]
  return {
    size: size - countedTooMany(paths, size),
    bytes,
    current: () => current,
    stop: () => source?.destroy(),
  }
}

// What an entry has in the directory at the end beside its name, with its time; and the ends of a ZIP and of a ZIP64.
const DIRECTORY_ENTRY = 46 + 9
const END = 22
const ZIP64_END = 56 + 20

/**
 * Yazl 3.3.1 writes the end of a ZIP64 where the format needs it, with 65,535 files or at 4 GiB. But when it works out the size, it
 * takes a directory of 64 KiB for one that needs it.
 */
function countedTooMany(paths: readonly string[], size: number): number {
  const directory = paths.reduce((sum, path) => sum + DIRECTORY_ENTRY + Buffer.byteLength(path), 0)
  const isCounted = directory >= 0xffff && paths.length < 0xffff
  const isNeeded = size - directory - END - ZIP64_END >= 0xffffffff
  return isCounted && !isNeeded ? ZIP64_END : 0
}
