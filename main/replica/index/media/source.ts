/** Reads a file here and there, and never more of it than allowed: what a file claims about itself must not cost much. */
import { open } from 'node:fs/promises'
import { type Ends, LONGEST_HEAD } from './ends.ts'

export interface Source {
  readonly size: number
  /** The beginning of the file, read once. */
  readonly head: Buffer
  /** So many bytes from there on, fewer where the file ends; empty when no more reading is allowed. */
  read(offset: number, length: number): Promise<Buffer>
}

/** What is at hand of a file that just came in. */
export interface Seen {
  size: number
  ends?: Ends
}

const MOST_BYTES = 1024 * 1024
const MOST_READS = 100
const LEAST_READ = 4096

/**
 * Lets `use` read the file at the path.
 * @param seen what is at hand of it already: nothing else is read unless it is asked for.
 */
export async function withSource<T>(
  path: string,
  use: (source: Source) => Promise<T>,
  seen?: Seen,
): Promise<T> {
  const { size: seenSize, ends: seenEnds } = seen ?? {}
  let file = seenEnds ? undefined : await open(path, 'r')
  try {
    const size = seenSize ?? (await file!.stat()).size
    let bytesLeft = MOST_BYTES
    let readsLeft = MOST_READS
    const readFile = async (offset: number, length: number) => {
      const wanted = Math.min(length, bytesLeft, size - offset)
      if (wanted <= 0 || readsLeft-- <= 0) return Buffer.alloc(0)
      bytesLeft -= wanted
      file ??= await open(path, 'r')
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset)
      return buffer.subarray(0, bytesRead)
    }
    const head = seenEnds?.head ?? (await readFile(0, LONGEST_HEAD))
    const tail = seenEnds?.tail ?? Buffer.alloc(0)
    const ends = [
      { offset: 0, bytes: head },
      { offset: size - tail.length, bytes: tail },
    ]
    // The last part read outside of them: neighbours are mostly asked for next.
    let part = { offset: 0, bytes: head }
    return await use({
      size,
      head,
      async read(offset, length) {
        if (!Number.isSafeInteger(offset) || offset < 0 || length <= 0) return Buffer.alloc(0)
        for (const known of [...ends, part]) {
          const at = offset - known.offset
          if (at >= 0 && at + length <= known.bytes.length) return known.bytes.subarray(at, at + length)
        }
        part = { offset, bytes: await readFile(offset, Math.max(length, LEAST_READ)) }
        return part.bytes.subarray(0, length)
      },
    })
  } finally {
    await file?.close()
  }
}
