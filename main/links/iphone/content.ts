/** The bytes of files in a backup, decrypted as they are read. */
import { createDecipheriv } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, Readable, Transform } from 'node:stream'
import { damagedFile } from './problems.ts'

const BLOCK = 16
// Fewer turns of the event loop than with the usual 64 KiB; memory stays flat all the same.
const CHUNK = 512 * 1024

/**
 * @param size of the file on the phone, in bytes. @param key undefined when the backup is not encrypted.
 * @throws Problem `data-damaged` when the file is not there, or not whole.
 */
export async function openContent(path: string, size: number, key: Buffer | undefined): Promise<Readable> {
  if (size === 0) return Readable.from([])
  const held = await stat(path).catch(() => undefined)
  if (!held?.isFile()) throw damagedFile('Missing in the backup.')
  const needed = key ? Math.ceil(size / BLOCK) * BLOCK : size
  if (held.size < needed) throw damagedFile('Cut off in the backup.')
  const source = createReadStream(path, { highWaterMark: CHUNK, end: needed - 1 })
  if (!key) return source
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.alloc(BLOCK), { highWaterMark: CHUNK })
  decipher.setAutoPadding(false)
  // Errors of any part come out of the last, and what fills up the last block is cut off.
  return pipeline(source, decipher, cutAt(size), () => undefined)
}

function cutAt(size: number): Transform {
  let left = size
  return new Transform({
    highWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      const kept = chunk.subarray(0, left)
      left -= kept.length
      done(null, kept)
    },
  })
}
