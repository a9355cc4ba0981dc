/** How property lists and raw bytes cross the wire between an iPhone and the computer it is plugged into. */
import type { Socket } from 'node:net'
import { build, buildBinary, type PlistValue, parse, parseBinary } from 'plist'

export type Dictionary = Record<string, PlistValue>

export interface Wire {
  /** Exactly so many bytes. @throws Error when the other side ends before. */
  read(length: number): Promise<Buffer>
  write(bytes: Uint8Array): Promise<void>
  /** A list behind its length (32 bits, big endian), in XML or binary. */
  readList(): Promise<PlistValue>
  writeList(list: PlistValue, form?: 'xml' | 'binary'): Promise<void>
}

export function wireOver(socket: Socket): Wire {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let held = Buffer.alloc(0)
  const wire: Wire = {
    async read(length) {
      while (held.length < length) {
        const { done, value } = await chunks.next()
        if (done) throw new Error('The other side is gone.')
        held = Buffer.concat([held, value])
      }
      const bytes = held.subarray(0, length)
      held = held.subarray(length)
      return bytes
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    async readList() {
      const bytes = await wire.read((await wire.read(4)).readUInt32BE())
      return bytes.toString('latin1', 0, 6) === 'bplist' ? parseBinary(bytes) : parse(bytes.toString())
    },
    async writeList(list, form = 'xml') {
      const bytes = form === 'xml' ? Buffer.from(build(list)) : buildBinary(list)
      await wire.write(Buffer.concat([number32(bytes.length), bytes]))
    },
  }
  return wire
}

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** @throws Error when it is none. */
export function dictionary(value: PlistValue | undefined): Dictionary {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Dictionary
  throw new Error(`A dictionary was expected, not ${JSON.stringify(value)}.`)
}
