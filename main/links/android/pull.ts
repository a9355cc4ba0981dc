/**
 * Reads files off a phone by the sync protocol (system/core/adb, SYNC.TXT, "RECV"). Tango can do this as well, at a third of the speed,
 * for it copies each byte several times and makes promises for every few of them.
 */
import { AdbSyncError } from '@yume-chan/adb'
import { type Channel, createReader } from './channel.ts'

/** What is handed over at once: large writes cost far less than many small ones. */
const PIECE = 512 * 1024
/** The most that the protocol lets a phone send in one message. */
const MOST_DATA = 64 * 1024

/**
 * The file's bytes, each piece in memory of its own. The channel can be used again once all came, or once it failed with an AdbSyncError.
 * @param channel to the phone's `sync:` service. @param size bytes that are expected; more or fewer may come.
 * @throws AdbSyncError with what the phone says when it refuses, ChannelEnd when it is gone.
 */
export async function* pull(channel: Channel, path: string, size: number): AsyncGenerator<Buffer> {
  const name = Buffer.from(path)
  await channel.write(Buffer.concat([syncHeader('RECV', name.length), name]))
  const bytes = createReader(channel)
  let expected = size
  let piece = newPiece(expected)
  let filled = 0
  for (;;) {
    const { word, length } = readHeader(await bytes.take(8))
    if (word === 'DONE') break
    if (word === 'FAIL' && length <= MOST_DATA) throw new AdbSyncError((await bytes.take(length)).toString())
    if (word !== 'DATA' || length > MOST_DATA) throw new Error(`The phone answered “${word}” ${length}.`)
    for (let left = length; left > 0; ) {
      const some = await bytes.some(Math.min(left, piece.length - filled))
      piece.set(some, filled)
      filled += some.length
      left -= some.length
      if (filled < piece.length) continue
      yield piece
      expected -= filled
      piece = newPiece(expected)
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

function newPiece(expected: number): Buffer {
  return Buffer.allocUnsafeSlow(expected > 0 ? Math.min(expected, PIECE) : MOST_DATA)
}

/** How each request and each answer of the protocol begins. */
export function syncHeader(word: string, length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.write(word, 'latin1')
  bytes.writeUInt32LE(length, 4)
  return bytes
}

function readHeader(bytes: Buffer): { word: string; length: number } {
  return { word: bytes.toString('latin1', 0, 4), length: bytes.readUInt32LE(4) }
}
