/** Files that come in pieces: wherever they are cut off, and whenever the engine ends, what was said to be here is here. */
import { createHash } from 'node:crypto'
import { readFile, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openPartialFiles, PARTIAL_LIFETIME, sweepPartialFiles } from '../../../main/replica/partial-files.ts'
import { realWorld, type World } from '../../../main/world.ts'
import { notingSyncs, testReplica } from './fixture.ts'

const PHONE = 'phone1'
const announced = (size: number) => ({ size, metadata: { filename: 'a.jpg' } })
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function pieces(bytes: Buffer, cutOff = false): Readable {
  return Readable.from(
    (async function* () {
      for (let at = 0; at < bytes.length; at += 1000) yield Buffer.from(bytes.subarray(at, at + 1000))
      if (cutOff) throw new Error('the line broke')
    })(),
  )
}

test('any sequence of cuts, pauses and restarts ends in equal bytes', async () => {
  const { replica } = await testReplica()
  const step = fc.record({
    length: fc.integer({ min: 0, max: 3_000 }),
    cutOff: fc.boolean(),
    restart: fc.boolean(),
  })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 8_000 }),
      fc.array(step, { maxLength: 8 }),
      async (content, steps) => {
        const id = `upload${runs++}`
        const bytes = Buffer.from(content)
        let partials = openPartialFiles(replica, PHONE)
        await partials.create(id, announced(bytes.length))
        for (const { length, cutOff, restart } of [...steps, { length: 1e9, cutOff: false, restart: true }]) {
          const { offset } = (await partials.find(id))!
          const part = bytes.subarray(offset, offset + length)
          const appended = partials.append(id, pieces(part, cutOff))
          if (cutOff) await expect(appended).rejects.toThrow('the line broke')
          else expect(await appended).toBe(offset + part.length)
          if (restart) partials = openPartialFiles(replica, PHONE)
          expect((await partials.find(id))!.offset).toBe(offset + part.length)
        }
        expect(await partials.hash(id)).toBe(sha256(bytes))
        const { temporary, hash, size } = await partials.handOver(id)
        expect({ hash, size }).toEqual({ hash: sha256(bytes), size: bytes.length })
        expect((await readFile(temporary)).equals(bytes)).toBe(true)
        await partials.discard(id)
        expect(await partials.find(id)).toBeUndefined()
      },
    ),
    { numRuns: 60 },
  )
})

test('nothing counts as here before it is synced', async () => {
  const { world, steps } = notingSyncs()
  const { replica } = await testReplica(world)
  const partials = openPartialFiles(replica, PHONE)
  await partials.create('a', announced(2_000))
  steps.length = 0
  await partials.append('a', pieces(Buffer.alloc(1_000)))
  // The bytes, what was announced, and the names of both.
  expect(steps).toEqual(['file', 'file', `folder ${PHONE}`])
})

test('a large film is synced on its way', async () => {
  let syncs = 0
  const counting: World = {
    ...realWorld,
    durability: {
      ...realWorld.durability,
      async syncFile() {
        syncs++
      },
    },
  }
  const { replica } = await testReplica(counting)
  const partials = openPartialFiles(replica, PHONE)
  const [megabyte, size] = [1024 ** 2, 130 * 1024 ** 2]
  await partials.create('a', announced(size))
  const film = Readable.from(Array.from({ length: 130 }, () => Buffer.alloc(megabyte)))
  expect(await partials.append('a', film)).toBe(size)
  expect(syncs).toBe(3)
})

test('what could not be synced does not count, and comes again', async () => {
  let broken = false
  const world: World = {
    ...realWorld,
    durability: {
      ...realWorld.durability,
      syncFile: (file) => (broken ? Promise.reject(new Error('the disk says no')) : file.sync()),
    },
  }
  const { replica } = await testReplica(world)
  const partials = openPartialFiles(replica, PHONE)
  await partials.create('a', announced(3))
  await partials.append('a', pieces(Buffer.from('a')))
  broken = true
  await expect(partials.append('a', pieces(Buffer.from('bc')))).rejects.toThrow('the disk says no')
  broken = false
  expect((await partials.find('a'))!.offset).toBe(1)
  await partials.append('a', pieces(Buffer.from('bc')))
  expect(await partials.hash('a')).toBe(sha256(Buffer.from('abc')))
})

test('bytes beyond what was announced are refused', async () => {
  const { replica } = await testReplica()
  const partials = openPartialFiles(replica, PHONE)
  await partials.create('a', announced(2))
  await expect(partials.append('a', pieces(Buffer.from('abc')))).rejects.toMatchObject({ code: 'bad-input' })
  expect((await partials.find('a'))!.offset).toBe(0)
})

test('a file that was announced and not begun is found again; one whose beginning was taken away is never taken for whole', async () => {
  const { replica } = await testReplica()
  const partials = openPartialFiles(replica, PHONE)
  await partials.create('a', announced(4))
  const after = openPartialFiles(replica, PHONE)
  expect(await after.find('a')).toMatchObject({ offset: 0, size: 4 })
  await after.append('a', pieces(Buffer.from('ab')))
  await rm(join(replica.partial, PHONE, 'a'))
  await expect(after.append('a', pieces(Buffer.from('cd')))).rejects.toThrow('ENOENT')
  expect(await after.find('a')).toMatchObject({ offset: 0 })
})

test('what nobody goes on with is swept after a week', async () => {
  const { replica } = await testReplica()
  const partials = openPartialFiles(replica, PHONE)
  for (const id of ['old', 'young', 'empty']) await partials.create(id, announced(2))
  for (const id of ['old', 'young']) await partials.append(id, pieces(Buffer.from('a')))
  const longAgo = (Date.now() - PARTIAL_LIFETIME - 1_000) / 1_000
  for (const name of ['old', 'old.json', 'empty.json'])
    await utimes(join(replica.partial, PHONE, name), longAgo, longAgo)
  expect(['old', 'empty']).toContain((await partials.oldest())?.id)
  await sweepPartialFiles(replica)
  await sweepPartialFiles(replica)
  const after = openPartialFiles(replica, PHONE)
  expect(await after.count()).toBe(1)
  for (const id of ['old', 'empty']) expect(await after.find(id)).toBeUndefined()
  expect(await after.find('young')).toBeDefined()
})

test('one phone’s files are not another’s', async () => {
  const { replica } = await testReplica()
  await openPartialFiles(replica, PHONE).create('a', announced(1))
  expect(await openPartialFiles(replica, 'phone2').find('a')).toBeUndefined()
  expect(await openPartialFiles(replica, 'phone2').count()).toBe(0)
})
