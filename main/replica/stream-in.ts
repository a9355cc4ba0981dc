/** Streams on their way into a file, taken chunk by chunk as they flow: with many small ones this costs a fraction of what an iterator does. */
import { finished, type Readable } from 'node:stream'
import type { Writer } from './intake.ts'

// A large film is synced on the way: the last sync is then short, holds up nobody else's, and a power cut costs little.
const SYNC_EVERY = 64 * 1024 ** 2

/**
 * Writes what streams in, and all that came when it breaks off.
 * @param take sees each chunk before it is written, which is refused if it throws.
 * @param sync makes durable what is written; called on the way, not at the end.
 * @param letGo of each chunk once it was taken.
 * @returns why the bytes broke off; undefined at their end.
 * @throws what `take`, writing or `sync` threw, once no write is under way any more.
 */
export async function streamIn(
  bytes: Readable,
  writer: Writer,
  take: (chunk: Buffer) => void,
  sync: () => Promise<void>,
  letGo: (chunk: Buffer) => void,
): Promise<Error | undefined> {
  let unsynced = 0
  const syncOnTheWay = async () => {
    unsynced = 0
    await writer.end()
    await sync()
  }
  try {
    const brokenBy = await eachChunk(bytes, (chunk) => {
      take(chunk)
      unsynced += chunk.length
      const room = writer.add(chunk)
      letGo(chunk)
      return unsynced < SYNC_EVERY ? room : syncOnTheWay()
    })
    await writer.end()
    return brokenBy
  } catch (error) {
    await writer.stop()
    throw error
  }
}

/**
 * Hands on each chunk; while `take` waits for room, the stream waits. It is not destroyed, whatever happens: its sender may still have
 * to be told what went wrong.
 * @param take may return a promise, which resolves when there is room for more.
 * @returns why the bytes broke off, once all that came were taken; undefined at their end.
 * @throws what `take` threw.
 */
export function eachChunk(
  bytes: Readable,
  take: (chunk: Buffer) => Promise<void> | undefined,
): Promise<Error | undefined> {
  return new Promise((resolve, reject) => {
    let room: Promise<void> | undefined
    const stop = () => {
      bytes.off('data', receive)
      forget()
    }
    const fail = (error: unknown) => {
      stop()
      bytes.pause()
      reject(error)
    }
    function receive(chunk: Buffer): void {
      try {
        room = take(chunk)
      } catch (error) {
        fail(error)
        return
      }
      if (!room) return
      bytes.pause()
      room.then(() => bytes.resume(), fail)
    }
    const forget = finished(bytes, { writable: false }, (error) => {
      stop()
      Promise.resolve(room).then(() => resolve(error ?? undefined), reject)
    })
    bytes.on('data', receive)
  })
}
