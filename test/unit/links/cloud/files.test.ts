/** Exports as a source: cards, calendars, and the ZIP of a Takeout; what is broken or a bomb is said to be so. */
import { createWriteStream } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { beforeEach, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { createCloudLink } from '../../../../main/links/cloud/cloud.ts'
import { unpack } from '../../../../main/links/cloud/files/zip.ts'
import type { Link, Source } from '../../../../main/links/link.ts'
import { realWorld } from '../../../../main/world.ts'
import { NO_DNS } from '../../../peers/cloud-fixture.ts'
import { card, temporaryFolder } from '../../replica/fixture.ts'

const event = (uid: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTART:20261123T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

let folder: string
let link: Link
beforeEach(async () => {
  folder = await temporaryFolder()
  let kept: unknown
  const memory = {
    read: () => kept,
    async write(value: unknown) {
      kept = value
    },
  }
  link = createCloudLink({ memory, now: () => 0, random: realWorld.random, dns: NO_DNS })
})

const connect = (path: string) => link.connect!({ file: path }, {}, {})

async function put(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

async function zip(entries: Record<string, string | Buffer>): Promise<string> {
  const path = join(folder, 'takeout.zip')
  const file = new ZipFile()
  for (const [name, content] of Object.entries(entries)) file.addBuffer(Buffer.from(content), name)
  file.end()
  await pipeline(file.outputStream, createWriteStream(path))
  return path
}

async function capture(source: Source): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {}
  await link.capture(
    source,
    { kinds: ['contacts', 'calendar'], cursor: undefined, secrets: {} },
    {
      async collection({ kind, displayName, items, complete }) {
        expect(complete).toBe(true)
        const texts: string[] = []
        for await (const { bytes } of items) texts.push(Buffer.from(bytes).toString())
        lists[`${kind}: ${displayName}`] = texts
        return { added: texts.length, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
      },
      hasFile: () => false,
      file: () => Promise.reject(new Error('no files')),
      listed: () => undefined,
      reached: async () => undefined,
      missed: () => undefined,
    },
    {},
  )
  return lists
}

test('cards come one by one, byte for byte, whatever the file is called', async () => {
  const source = await connect(await put('phone.txt', card('a', 'A') + card('b', 'B')))
  expect(source).toMatchObject({ name: 'phone.txt', state: { code: 'ready' } })
  expect(await capture(source)).toEqual({ 'contacts: phone': [card('a', 'A'), card('b', 'B')] })
})

test('a Takeout gives one list of contacts and each calendar', async () => {
  const path = await zip({
    'Takeout/Contacts/All Contacts/All Contacts.vcf': card('a', 'A') + card('b', 'B'),
    'Takeout/Contacts/My Contacts/My Contacts.vcf': card('a', 'A'),
    'Takeout/Contacts/All Contacts/photo.jpg': 'no',
    'Takeout/Calendar/ada@example.org.ics': event('1'),
    'Takeout/Calendar/Home.ics': event('2'),
    'Takeout/archive_browser.html': '<html></html>',
  })
  expect(await capture(await connect(path))).toEqual({
    'contacts: takeout': [card('a', 'A'), card('b', 'B'), card('a', 'A')],
    'calendar: ada@example.org': [event('1')],
    'calendar: Home': [event('2')],
  })
})

test('a file that went away is said to be away, and nothing is captured', async () => {
  const path = await put('a.vcf', card('a', 'A'))
  const source = await connect(path)
  await rm(path)
  expect((await link.find({}))[0]!.state.code).toBe('unreachable')
  await expect(capture(source)).rejects.toMatchObject({ code: 'unreachable' })
  await writeFile(path, '')
  await expect(capture(source)).rejects.toMatchObject({ code: 'bad-input' })
  await link.disconnect!(source.id)
  expect(await link.find({})).toEqual([])
})

test.each([
  ['a picture', Buffer.from([0xff, 0xd8, 0xff])],
  ['an empty file', ''],
  ['half a ZIP', Buffer.from('PK\x03\x04 and no more')],
])('%s is no source', async (_, content) => {
  await expect(connect(await put('x.vcf', content))).rejects.toMatchObject({ code: 'bad-input' })
})

test.each([{ file: 'relative.vcf' }, { file: '' }, { file: '/a.vcf', user: 'ada' }])(
  '%j is refused',
  async (options) => {
    await expect(link.connect!(options as Record<string, string>, {}, {})).rejects.toMatchObject({
      code: 'bad-input',
    })
  },
)

test('a bomb does not go off', async () => {
  const path = await zip({ 'a.vcf': Buffer.alloc(2_000_000, 'A'), 'b.vcf': Buffer.alloc(2_000_000, 'A') })
  const limits = { entries: 10, entry: 5_000_000, total: 5_000_000 }
  const into = await temporaryFolder()
  expect(await unpack(path, into, limits)).toHaveLength(2)
  for (const limit of [{ total: 3_000_000 }, { entry: 1_000_000 }, { entries: 1 }]) {
    const tighter = unpack(path, await temporaryFolder(), { ...limits, ...limit })
    await expect(tighter).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('more than'),
    })
  }
})

test('names in a ZIP lead nowhere', async () => {
  const path = await zip({ 'aa/evil.vcf': card('a', 'A') })
  const bytes = (await readFile(path)).toString('latin1').replaceAll('aa/evil.vcf', '../evil.vcf')
  await expect(connect(await put('evil.zip', Buffer.from(bytes, 'latin1')))).rejects.toMatchObject({
    code: 'bad-input',
  })
})
