/** A connection to the ADB server or to a service of a phone, read at the reader's own pace. */
import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'
import type { Patience } from './patience.ts'

export interface Channel {
  /** The next bytes, good until the next call; null at the end, however it came. One call at a time. */
  read(): Promise<Uint8Array | null>
  /** Resolves once the bytes were handed to the system, so that their memory can be used again; also when that failed. */
  write(bytes: Uint8Array): Promise<void>
  close(): void
  closed: Promise<undefined>
}

/** What a socket of the system holds at most. A piece read is copied at once, so that one buffer does for all and stays in the processor's cache. */
const BUFFER = 256 * 1024

/** Ends a connection when waiting is over, and hears what goes over it. */
export type Guard = Pick<Patience, 'signal' | 'heard'>

/** @throws the system's error when nobody listens there. */
export async function openChannel(at: NetConnectOpts, guard?: Guard): Promise<Channel> {
  const buffer = Buffer.allocUnsafeSlow(BUFFER)
  let length = 0
  let isOver = false
  let wake: () => void = () => undefined
  const socket = connect({
    ...at,
    ...(guard ? { signal: guard.signal } : {}),
    onread: {
      buffer,
      callback(bytes) {
        length = bytes
        guard?.heard()
        wake()
        // Not more, until these were read.
        return false
      },
    },
  })
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const closed = new Promise<undefined>((resolve) => {
    socket.once('close', () => {
      isOver = true
      wake()
      resolve(undefined)
    })
  })
  // What fails ends the socket, and whoever reads hears of that.
  socket.on('error', () => undefined)
  return {
    async read() {
      if (length === 0 && !isOver) {
        const came = new Promise<void>((resolve) => {
          wake = resolve
        })
        socket.resume()
        await came
      }
      const bytes = buffer.subarray(0, length)
      length = 0
      return bytes.length > 0 ? bytes : null
    },
    write: (bytes) =>
      new Promise((resolve) => {
        socket.write(bytes, () => {
          guard?.heard()
          resolve()
        })
      }),
    close: () => void socket.destroy(),
    closed,
  }
}

export interface ChannelReader {
  /** So many bytes, in memory of their own. @throws ChannelEnd */
  take(length: number): Promise<Buffer>
  /** At least one byte and not more than `most`, good until the next call. @throws ChannelEnd */
  some(most: number): Promise<Uint8Array>
}

/** The other side is gone, in the middle of what it had to say. */
export class ChannelEnd extends Error {
  constructor() {
    super('the connection has ended')
  }
}

export function createReader(channel: Channel): ChannelReader {
  let rest: Uint8Array = new Uint8Array()

  async function some(most: number): Promise<Uint8Array> {
    if (rest.length === 0) rest = (await channel.read()) ?? rest
    if (rest.length === 0) throw new ChannelEnd()
    const bytes = rest.subarray(0, most)
    rest = rest.subarray(most)
    return bytes
  }

  return {
    some,
    async take(length) {
      const taken = Buffer.allocUnsafe(length)
      for (let have = 0; have < length; ) {
        const bytes = await some(length - have)
        taken.set(bytes, have)
        have += bytes.length
      }
      return taken
    },
  }
}
