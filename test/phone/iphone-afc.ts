/** As much of an iPhone's file service (AFC) as a backup needs: a lock that is free, and no files. */
import type { Wire } from './iphone-wire.ts'

const MAGIC = 'CFA6LPAA'
const HEADER = 40
const STATUS = 1
const FILE_OPEN = 13
const FILE_OPENED = 14
const CLOSE = 20
const LOCK = 27

const OK = 0
const NOT_FOUND = 8

export async function serveFiles(wire: Wire): Promise<void> {
  for (;;) {
    const header = await wire.read(HEADER)
    if (header.toString('latin1', 0, 8) !== MAGIC) throw new Error('This is no packet of AFC.')
    await wire.read(Number(header.readBigUInt64LE(8)) - HEADER)
    const operation = Number(header.readBigUInt64LE(32))
    if (operation === FILE_OPEN) await wire.write(packet(header, FILE_OPENED, 1))
    else await wire.write(packet(header, STATUS, operation === LOCK || operation === CLOSE ? OK : NOT_FOUND))
  }
}

function packet(asked: Buffer, operation: number, value: number): Buffer {
  const bytes = Buffer.alloc(HEADER + 8)
  bytes.write(MAGIC, 'latin1')
  bytes.writeBigUInt64LE(BigInt(bytes.length), 8)
  bytes.writeBigUInt64LE(BigInt(bytes.length), 16)
  asked.copy(bytes, 24, 24, 32)
  bytes.writeBigUInt64LE(BigInt(operation), 32)
  bytes.writeBigUInt64LE(BigInt(value), HEADER)
  return bytes
}
