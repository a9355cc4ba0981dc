/** Files and folders by the sync protocol, from a phone that answers as a test tells it to. */
import { expect, test } from 'vitest'
import type { Channel } from '../../../../main/links/android/channel.ts'
import { listFolder } from '../../../../main/links/android/listing.ts'
import { pull } from '../../../../main/links/android/pull.ts'

/** A phone's answers, cut into pieces of so many bytes; what it was asked goes into `asked`. */
function phone(answer: Buffer, piece: number): Channel & { asked: Buffer[] } {
  let at = 0
  const asked: Buffer[] = []
  return {
    asked,
    // One buffer for all, as a real channel has.
    async read() {
      const bytes = answer.subarray(at, at + piece)
      at += bytes.length
      return bytes.length > 0 ? new Uint8Array(bytes) : null
    },
    async write(bytes) {
      asked.push(Buffer.from(bytes))
    },
    close: () => undefined,
    closed: new Promise(() => undefined),
  }
}

function message(word: string, length: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8)
  head.write(word)
  head.writeUInt32LE(length, 4)
  return Buffer.concat([head, body])
}

async function pulled(answer: Buffer, size: number, piece: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of pull(phone(answer, piece), '/a', size)) parts.push(part)
  return Buffer.concat(parts)
}

const FILE = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251))
const IN_PARTS = Buffer.concat([
  ...[0, 65_536, 131_072, 196_608]
    .map((at) => FILE.subarray(at, at + 65_536))
    .map((part) => message('DATA', part.length, part)),
  message('DONE', 0),
])

test.each([1, 7, 65_544, 1_000_000])('a file comes whole however its bytes are cut (%i)', async (piece) => {
  expect((await pulled(IN_PARTS, FILE.length, piece)).equals(FILE)).toBe(true)
})

test.each([0, 1000, 300_000])(
  'a file that is not as long as it was said to be (%i) comes whole',
  async (size) => {
    expect((await pulled(IN_PARTS, size, 50_000)).equals(FILE)).toBe(true)
  },
)

test('an empty file has no bytes', async () => {
  expect(await pulled(message('DONE', 0), 0, 8)).toEqual(Buffer.alloc(0))
})

test('a refusal says why, and a phone that goes or talks nonsense is no file', async () => {
  const why = Buffer.from('open failed: Permission denied')
  await expect(pulled(message('FAIL', why.length, why), 10, 9)).rejects.toThrow('Permission denied')
  await expect(pulled(IN_PARTS.subarray(0, 70_000), FILE.length, 5000)).rejects.toThrow('has ended')
  await expect(pulled(message('DATA', 2 ** 31), 10, 9)).rejects.toThrow('answered')
  await expect(pulled(message('HELO', 0), 10, 9)).rejects.toThrow('answered')
})

function entry(name: string, mode: number, size: bigint, seconds: bigint): Buffer {
  const body = Buffer.alloc(72)
  body.writeUInt32LE(mode, 20)
  body.writeBigUInt64LE(size, 36)
  body.writeBigInt64LE(seconds, 52)
  body.writeUInt32LE(Buffer.byteLength(name), 68)
  return Buffer.concat([Buffer.from('DNT2'), body, Buffer.from(name)])
}

test('a folder is listed with files of any size and name, and without what cannot be looked at', async () => {
  const answer = Buffer.concat([
    entry('.', 0o040755, 4096n, 1n),
    entry('Camera', 0o040755, 4096n, 2n),
    entry('a\nb 😀.mp4', 0o100644, 5_000_000_000n, 1_600_000_000n),
    entry('link', 0o120777, 3n, 3n),
    entry('closed', 0, 0n, 0n),
    Buffer.from('DONE'),
    Buffer.alloc(72),
  ])
  const asked = phone(answer, 50)
  expect(await listFolder(asked, '/sdcard/é', true)).toEqual([
    { name: 'Camera', kind: 'folder', size: 4096, modifiedAt: 2000 },
    { name: 'a\nb 😀.mp4', kind: 'file', size: 5_000_000_000, modifiedAt: 1_600_000_000_000 },
    { name: 'link', kind: 'other', size: 3, modifiedAt: 3000 },
  ])
  const path = Buffer.from('/sdcard/é')
  expect(asked.asked).toEqual([message('LIS2', path.length, path)])
})

test('a folder is listed in the older form as well', async () => {
  const body = Buffer.alloc(16)
  for (const [n, value] of [0o100644, 7, 1_600_000_000, 1].entries()) body.writeUInt32LE(value, n * 4)
  const answer = Buffer.concat([
    Buffer.from('DENT'),
    body,
    Buffer.from('a'),
    Buffer.from('DONE'),
    Buffer.alloc(16),
  ])
  expect(await listFolder(phone(answer, 5), '/x', false)).toEqual([
    { name: 'a', kind: 'file', size: 7, modifiedAt: 1_600_000_000_000 },
  ])
})
