/** What streams in: written whole and hashed, whatever its pieces; told truly where it breaks off or the disk refuses. */
import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createIntake } from '../../../main/replica/intake.ts'
import { streamIn } from '../../../main/replica/stream-in.ts'
import { temporaryFolder } from './fixture.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const nothing = () => undefined
const noSync = async () => undefined

function testIntake() {
  const intake = createIntake()
  onTestFinished(() => intake.close())
  return intake
}

test('bytes in pieces of any size, from several at once, are written and hashed as they came', async () => {
  const intake = testIntake()
  const folder = await temporaryFolder()
  let files = 0
  const lengths = fc.array(fc.integer({ min: 1, max: 700_000 }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(lengths, { minLength: 1, maxLength: 4 }), async (together) => {
      await Promise.all(
        together.map(async (lengths, n) => {
          const path = join(folder, `${files++}`)
          const chunks = lengths.map((length, at) => Buffer.alloc(length, n * 16 + at + 1))
          const hash = intake.hash()
          const file = await open(path, 'wx')
          const writer = hash.writer(file)
          expect(await streamIn(Readable.from(chunks), writer, nothing, noSync, nothing)).toBeUndefined()
          await file.close()
          const whole = Buffer.concat(chunks)
          expect(await hash.digest()).toBe(sha256(whole))
          expect((await readFile(path)).equals(whole)).toBe(true)
          hash.forget()
        }),
      )
    }),
    { numRuns: 15 },
  )
})

test('a hash goes on where another writer left it', async () => {
  const hash = testIntake().hash()
  for (const text of ['one ', 'two']) {
    const writer = hash.writer(null)
    writer.add(Buffer.from(text))
    await writer.end()
  }
  expect(await hash.digest()).toBe(sha256(Buffer.from('one two')))
})

test('what the system refuses is told as the system says it', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'a')
  await (await open(path, 'wx')).close()
  const readOnly = await open(path, 'r')
  onTestFinished(() => readOnly.close())
  const writer = testIntake().hash().writer(readOnly)
  writer.add(Buffer.from('x'))
  await expect(writer.end()).rejects.toMatchObject({ code: 'EBADF', syscall: 'write' })
  // Nor does it begin anew.
  expect(() => writer.add(Buffer.from('x'))).toThrow('EBADF')
})

test('all that came before a stream breaks off is written, and its sender can still be answered', async () => {
  const path = join(await temporaryFolder(), 'a')
  const file = await open(path, 'wx')
  onTestFinished(() => file.close())
  const bytes = new Readable({ read: nothing })
  bytes.push('here')
  const writer = testIntake().hash().writer(file)
  const reading = streamIn(bytes, writer, () => bytes.destroy(new Error('the line broke')), noSync, nothing)
  expect(await reading).toMatchObject({ message: 'the line broke' })
  expect(await readFile(path, 'utf8')).toBe('here')

  const refused = new Readable({ read: nothing })
  refused.push('too much')
  const taking = streamIn(
    refused,
    testIntake().hash().writer(null),
    () => {
      throw new Error('no more')
    },
    noSync,
    nothing,
  )
  await expect(taking).rejects.toThrow('no more')
  expect(refused.destroyed).toBe(false)
})
