/** Photo files opened for reading: only what was stored, at the place where it was stored. */
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Problem } from '../problem.ts'
import { filePath, isInLibraries } from './files.ts'
import type { Replica } from './replica.ts'

/**
 * Opens a photo file; the caller closes it. Its folder is its owner's, who may have moved, cut or replaced it by hand; and a link that
 * leads out of the library would hand any file of the computer to a phone.
 * @throws Problem `data-damaged` when it is not the file that was stored.
 */
export async function openFile(replica: Replica, fileId: number): Promise<FileHandle> {
  const path = await realFilePath(replica, fileId)
  const file = await open(path).catch((error: unknown) => {
    throw notAsStored(fileId, error)
  })
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size !== storedSize(replica, fileId)) throw notAsStored(fileId)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Where the file really lies, once all links are followed.
 * @throws Problem `data-damaged` when it is not there, or when a link leads out of the photo libraries.
 */
export async function realFilePath(replica: Replica, fileId: number): Promise<string> {
  const path = await realPathOf(replica, fileId).catch((error: unknown) => {
    throw notAsStored(fileId, error)
  })
  if (!(await isInLibraries(replica, path))) throw notAsStored(fileId)
  return path
}

// The file may also have been let go of, with the version that needed it, since someone was told of it.
async function realPathOf(replica: Replica, fileId: number): Promise<string> {
  return realpath(filePath(replica, fileId))
}

/** The file's bytes, or those from `start` to `end` inclusive; the stream fails as `openFile` does. */
export function readFile(replica: Replica, fileId: number, range?: { start: number; end: number }): Readable {
  async function* pieces(): AsyncGenerator<Buffer> {
    const file = await openFile(replica, fileId)
    yield* file.createReadStream({ ...range, highWaterMark: 256 * 1024 })
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: 0 })
}

function storedSize(replica: Replica, fileId: number): number {
  return Number(replica.statement('SELECT size FROM photo_files WHERE id = ?').get(fileId)?.size)
}

function notAsStored(fileId: number, cause?: unknown): Problem {
  return new Problem(
    'data-damaged',
    `The photo file ${fileId} is not as it was stored.`,
    'Bring it back from a backup.',
    { cause },
  )
}
