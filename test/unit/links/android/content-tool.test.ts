/** Reading what `content query` prints without escaping: whatever apps wrote into their texts comes through. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createContentTool } from '../../../../main/links/android/content-tool.ts'
import { createContentStandIn } from '../../../android/content-stand-in.ts'

const DATA = 'content://com.android.contacts/data'
const EVENTS = 'content://com.android.calendar/events'

/** Texts that look like what the program prints around them. */
const text = fc.array(
  fc.oneof(
    fc.constantFrom(
      '\n',
      ', ',
      '=',
      'Row: ',
      ' _id=',
      'data1=',
      'NULL',
      'BLOB',
      'No result found.',
      '😀',
      'é',
      '\r\n',
      '\t',
    ),
    fc.tuple(fc.nat(6), fc.nat(9)).map(([row, id]) => `\nRow: ${row} _id=${id}, mimetype=x, data1=fake`),
    fc.tuple(fc.nat(6), fc.nat(9)).map(([row, id]) => `\nRow: ${row} _id=${id}`),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  ),
  { maxLength: 5 },
)
const value = fc
  .oneof(
    fc.constant(null),
    fc.constantFrom('NULL', 'BLOB', ''),
    text.map((parts) => parts.join('')),
  )
  .map((text) => text?.replaceAll('\0', '') ?? null)

describe('texts of any kind', () => {
  test('are read from a provider of fixed columns as they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { maxLength: 7 }), async (rows) => {
        const phone = createContentStandIn()
        for (const [data1, data2] of rows)
          phone.add('data', { raw_contact_id: 1, mimetype: 'm', data1, data2 })
        const tool = createContentTool(phone.shell)
        const read = await tool.read(DATA, {
          fixed: ['raw_contact_id', 'mimetype'],
          texts: ['data1', 'data2'],
        })
        expect([...read.keys()]).toEqual(rows.map((_, n) => n + 1))
        expect([...read.values()]).toEqual(
          rows.map(([data1, data2]) => ({ raw_contact_id: '1', mimetype: 'm', data1, data2 })),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('are read from a provider that takes expressions, all at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { maxLength: 7 }), async (rows) => {
        const phone = createContentStandIn()
        for (const [title, description] of rows)
          phone.add('events', { dtstart: 1_700_000_000_000, title, description })
        const read = await createContentTool(phone.shell).readAsHex(EVENTS, {
          fixed: ['dtstart'],
          texts: ['title', 'description'],
        })
        expect([...read.values()]).toEqual(
          rows.map(([title, description]) => ({ dtstart: '1700000000000', title, description })),
        )
        expect(phone.starts).toBe(1)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a phone', () => {
  test('that refuses expressions is asked for one column at a time', async () => {
    const phone = createContentStandIn()
    phone.add('data', { raw_contact_id: 3, data1: 'a, b' })
    const read = await createContentTool(phone.shell).readAsHex(DATA, {
      fixed: ['raw_contact_id'],
      texts: ['data1'],
    })
    expect([...read.values()]).toEqual([{ raw_contact_id: '3', data1: 'a, b' }])
  })

  test('whose rows change while they are read is asked again', async () => {
    const phone = createContentStandIn()
    phone.add('data', { raw_contact_id: 3, data1: 'a' })
    let calls = 0
    const tool = createContentTool((argv) => {
      if (++calls === 2) phone.add('data', { raw_contact_id: 4, data1: 'b' })
      return phone.shell(argv)
    })
    const read = await tool.read(DATA, { fixed: ['raw_contact_id'], texts: ['data1'] })
    expect([...read.values()].map(({ data1 }) => data1)).toEqual(['a', 'b'])
  })

  test('that is never at rest is left alone', async () => {
    const phone = createContentStandIn()
    const tool = createContentTool((argv) => {
      phone.add('data', { raw_contact_id: 4, data1: 'b' })
      return phone.shell(argv)
    })
    await expect(tool.read(DATA, { fixed: ['raw_contact_id'], texts: [] })).rejects.toMatchObject({
      code: 'busy',
    })
  })

  test('that forbids reading says so', async () => {
    const tool = createContentTool(async () => ({
      stdout: '',
      stderr: `Error while accessing provider:contacts\njava.lang.SecurityException: Permission Denial: reading\n\tat x\n`,
      exitCode: 0,
    }))
    await expect(tool.read(DATA, { fixed: [], texts: [] })).rejects.toMatchObject({ code: 'not-allowed' })
  })

  test.each([
    ['an error with status 0', '', 'Error while accessing provider:x\njava.lang.IllegalStateException\n'],
    ['a usage text', 'usage: adb shell content\n[ERROR] Unsupported argument: --user\n', ''],
    ['nothing', '', ''],
  ])('that answers %s is not taken for an empty one', async (_, stdout, stderr) => {
    const tool = createContentTool(async () => ({ stdout, stderr, exitCode: 0 }))
    await expect(tool.read(DATA, { fixed: [], texts: [] })).rejects.toThrow()
  })
})
