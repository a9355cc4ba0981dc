/** Writes what streams in to a file in large pieces, one under way while the bytes of the next come in. */
import type { FileHandle } from 'node:fs/promises'

// Large writes cost far less than many small ones.
const PIECE = 512 * 1024

export interface Writer {
  /** Takes a chunk; resolves when there is room for more. */
  add(chunk: Buffer): Promise<void>
  /** Resolves once all is written. */
  end(): Promise<void>
  /** Resolves once no write is under way, failed or not. */
  stop(): Promise<void>
}

/** Writes at the file's own position. @param spend free the memory of chunks once they are written. */
export function createWriter(file: FileHandle, spend: boolean): Writer {
  let waiting: Buffer[] = []
  let length = 0
  let underWay: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    await underWay
    const chunks = waiting
    waiting = []
    length = 0
    underWay = writeAll(file, chunks).then(() => {
      if (spend) chunks.forEach(freeMemory)
    })
    // Whoever awaits it next hears of the failure.
    underWay.catch(() => undefined)
  }
  return {
    async add(chunk) {
      waiting.push(chunk)
      length += chunk.length
      if (length >= PIECE) await flush()
    },
    async end() {
      await flush()
      await underWay
    },
    stop: () => underWay.catch(() => undefined),
  }
}

async function writeAll(file: FileHandle, chunks: Buffer[]): Promise<void> {
  if (chunks.length === 0) return
  let { bytesWritten } = await file.writev(chunks)
  // A write may end early, when the disk fills up say; the rest then tells why.
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (bytesWritten === length) return
  const all = Buffer.concat(chunks, length)
  while (bytesWritten < length) bytesWritten += (await file.write(all, bytesWritten)).bytesWritten
}

/**
 * Frees what a chunk of a request takes, which is nobody's but ours. Left to the garbage collector, gigabytes of them make it run so often
 * that it takes a third of the time of an upload.
 */
export function freeMemory({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
