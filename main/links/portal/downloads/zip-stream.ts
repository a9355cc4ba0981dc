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
  return { size, bytes, current: () => current, stop: () => source?.destroy() }
}
