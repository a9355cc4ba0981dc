/** The packets by which an ADB server and a phone speak (system/core/adb, protocol.txt), as far as a gate between them looks into them. */

export interface Packet {
  /** Four letters, such as `CNXN`. */
  command: string
  arg0: number
  arg1: number
  payload: Buffer
}

const HEADER = 24

export function writePacket({ command, arg0, arg1, payload }: Packet): Buffer {
  const header = Buffer.alloc(HEADER)
  header.write(command, 0, 'latin1')
  header.writeUInt32LE(arg0, 4)
  header.writeUInt32LE(arg1, 8)
  header.writeUInt32LE(payload.length, 12)
  // Older versions of the protocol add up the bytes.
  header.writeUInt32LE(payload.reduce((sum, byte) => sum + byte, 0) >>> 0, 16)
  header.writeUInt32LE((header.readUInt32LE(0) ^ 0xffffffff) >>> 0, 20)
  return Buffer.concat([header, payload])
}

/** @returns the first packet and what follows it; null as long as it is not there as a whole. */
export function readPacket(bytes: Buffer): { packet: Packet; rest: Buffer } | null {
  if (bytes.length < HEADER) return null
  const end = HEADER + bytes.readUInt32LE(12)
  if (bytes.length < end) return null
  const packet = {
    command: bytes.toString('latin1', 0, 4),
    arg0: bytes.readUInt32LE(4),
    arg1: bytes.readUInt32LE(8),
    payload: bytes.subarray(HEADER, end),
  }
  return { packet, rest: bytes.subarray(end) }
}
