/**
 * Lists a phone's folders by the sync protocol (system/core/adb, SYNC.TXT, "LIST" and "LIS2"). Tango can do this as well, but makes a dozen
 * promises for each number of each file, which takes seconds where there are many.
 */
import { LinuxFileType } from '@yume-chan/adb'
import { type Channel, createReader } from './channel.ts'
import type { Entry } from './device.ts'
import { syncHeader } from './pull.ts'

/** Where the numbers of an entry lie behind its word; the length of its name comes last. */
interface Layout {
  request: string
  entry: string
  length: number
  traits(body: Buffer): { mode: number; size: number; seconds: number }
}

const FIRST: Layout = {
  ...{ request: 'LIST', entry: 'DENT', length: 16 },
  traits: (body) => ({
    mode: body.readUInt32LE(0),
    size: body.readUInt32LE(4),
    seconds: body.readUInt32LE(8),
  }),
}

/** Knows files of more than 4 GB. */
const SECOND: Layout = {
  ...{ request: 'LIS2', entry: 'DNT2', length: 72 },
  traits: (body) => ({
    mode: body.readUInt32LE(20),
    size: Number(body.readBigUInt64LE(36)),
    seconds: Number(body.readBigInt64LE(52)),
  }),
}

const LONGEST_NAME = 4096

/**
 * What lies in a folder; nothing if it is not there or closed to us, for the phone does not tell the difference.
 * @param channel to the phone's `sync:` service, which can be used again afterwards. @param second the phone has the newer form.
 * @throws ChannelEnd when it is gone.
 */
export async function listFolder(channel: Channel, folder: string, second: boolean): Promise<Entry[]> {
  const layout = second ? SECOND : FIRST
  const path = Buffer.from(folder)
  await channel.write(Buffer.concat([syncHeader(layout.request, path.length), path]))
  const bytes = createReader(channel)
  const entries: Entry[] = []
  for (;;) {
    const head = await bytes.take(4 + layout.length)
    const word = head.toString('latin1', 0, 4)
    if (word === 'DONE') return entries
    const body = head.subarray(4)
    const length = body.readUInt32LE(layout.length - 4)
    if (word !== layout.entry || length > LONGEST_NAME) throw new Error(`The phone answered “${word}”.`)
    const name = (await bytes.take(length)).toString()
    const { mode, size, seconds } = layout.traits(body)
    // Of what it could not look at, it tells the name alone.
    if (mode === 0 || name === '.' || name === '..') continue
    entries.push({ name, kind: kindOf(mode >> 12), size, modifiedAt: seconds * 1000 })
  }
}

export function kindOf(type: number): Entry['kind'] {
  if (type === LinuxFileType.File) return 'file'
  return type === LinuxFileType.Directory ? 'folder' : 'other'
}
