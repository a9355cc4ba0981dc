/** Files of contacts and calendars that a phone sends: every entry is kept, once, in a mirror that is backed up and not served. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findCollection, listCollections } from '../../../../main/replica/collections.ts'
import { listItems, readBody, selectItems } from '../../../../main/replica/items.ts'
import { exportPoint } from '../../../../main/restore/export.ts'
import { snapshotPoint } from '../../../../main/restore/snapshot-point.ts'
import { realWorld } from '../../../../main/world.ts'
import { describeCorpus } from '../../../corpus.ts'
import { card } from '../../replica/fixture.ts'
import { testRestore } from '../../restore/fixture.ts'
import { send, type UploadServer, uploadServer } from './upload-fixture.ts'

type Kind = 'contacts' | 'calendar'

async function sendFile(
  server: UploadServer,
  kind: Kind,
  content: string | Buffer,
): Promise<{ status: number; added?: number }> {
  const answer = await send(
    'POST',
    `${server.origin(server.phone)}/portal/send/${kind}`,
    {},
    Buffer.from(content),
  )
  return { status: answer.status, ...(JSON.parse(answer.body) as Record<string, unknown>) }
}

function sent(server: UploadServer, kind: Kind): string[] {
  const mirror = findCollection(server.replica, server.phone.id, kind, 'sent')!
  return listItems(server.replica, mirror.id).map(({ seq }) =>
    readBody(server.replica, seq)!.toString('latin1'),
  )
}

function everSent(server: UploadServer, kind: Kind): string[] {
  const mirror = findCollection(server.replica, server.phone.id, kind, 'sent')!
  return selectItems(server.replica, 'WHERE collection_id = ?', mirror.id).map(({ seq }) =>
    readBody(server.replica, seq)!.toString('latin1'),
  )
}

const event = (uid: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTART:20260101T100000Z\r\nSUMMARY:${uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

test('contacts and a calendar go into mirrors of their own', async () => {
  const server = await uploadServer()
  const counts = { status: 200, added: 1, changed: 0, unchanged: 0, unreadable: 0 }
  expect(await sendFile(server, 'contacts', card('1', 'Ada'))).toEqual(counts)
  expect(await sendFile(server, 'calendar', event('1'))).toEqual(counts)
  const mirrors = listCollections(server.replica, server.phone.id).filter(({ origin }) => origin === 'mirror')
  expect(mirrors.map(({ kind, displayName }) => [kind, displayName])).toEqual([
    ['contacts', 'Sent from the phone'],
    ['calendar', 'Sent from the phone'],
  ])
  expect(sent(server, 'contacts')).toEqual([card('1', 'Ada')])
  expect(sent(server, 'calendar')).toEqual([event('1')])
  expect(await sendFile(server, 'contacts', card('1', 'Ada L.'))).toMatchObject({ added: 0, changed: 1 })
})

test.each([
  ['contacts', event('1')],
  ['calendar', card('1', 'Ada')],
  ['contacts', ''],
  ['calendar', '\x89PNG\r\n\x1a\n'],
] as const)('what is no file of %s is refused, and nothing is made of it', async (kind, content) => {
  const server = await uploadServer()
  expect(await sendFile(server, kind, content)).toMatchObject({ status: 400, code: 'bad-input' })
  expect(listCollections(server.replica, server.phone.id).every(({ origin }) => origin === 'ours')).toBe(true)
})

test('only these two kinds are taken, and only by POST', async () => {
  const server = await uploadServer()
  const ask = async (method: string, path: string) =>
    (await send(method, `${server.origin(server.phone)}/portal/send/${path}`, {})).status
  expect(await ask('POST', 'photos')).toBe(404)
  expect(await ask('POST', '')).toBe(404)
  expect(await ask('POST', 'contacts/x')).toBe(404)
  expect(await ask('POST', 'constructor')).toBe(404)
  expect(await ask('PUT', 'contacts')).toBe(405)
})

test('thousands of cards come in few transactions', { timeout: 30_000 }, async () => {
  const server = await uploadServer()
  const all = Array.from({ length: 5_000 }, (_, n) => card(`uid-${n}`, `Person ${n}`)).join('')
  expect(await sendFile(server, 'contacts', all)).toMatchObject({ added: 5_000 })
  expect(await sendFile(server, 'contacts', all)).toMatchObject({ added: 0, unchanged: 5_000 })
})

test('mirrors are backed up, and an export of the backup has them', async () => {
  const kept = await testRestore()
  const server = await uploadServer(realWorld, kept)
  await sendFile(server, 'contacts', card('1', 'Ada'))
  await sendFile(server, 'calendar', event('1'))
  const id = await kept.snapshot()
  const { snapshots } = await kept.tools.vault.snapshots()
  const point = await snapshotPoint(
    server.replica,
    kept.tools.vault,
    snapshots.find((one) => one.id === id)!,
    kept.phone.name,
  )
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await exportPoint(realWorld, point, folder, {})
  expect(await readFile(join(folder, 'Sent from the phone.vcf'), 'utf8')).toBe(card('1', 'Ada'))
  expect(await readFile(join(folder, 'Sent from the phone.ics'), 'utf8')).toContain('SUMMARY:1\r\n')
  const mirrors = point.collections.filter(({ saved }) => saved.origin === 'mirror')
  expect(mirrors.map(({ items }) => items.length)).toEqual([1, 1])
})

for (const [folder, kind, mark] of [
  ['vcards', 'contacts', /^BEGIN ?: ?VCARD *\r?$/gim],
  ['icalendars', 'calendar', /^BEGIN:V(?:EVENT|TODO|JOURNAL|FREEBUSY)\r?$/gim],
] as const) {
  describeCorpus(`the corpus: ${folder}`, folder, (files) => {
    // UTF-16 and files of old Macs can only be sent by themselves.
    const joinable = files.filter((file) => !/^[\xff\xfe\0]|\r(?!\n)/.test(file.bytes().toString('latin1')))

    test('sent as one file, everything is there, and the second time nothing changes', {
      timeout: 60_000,
    }, async () => {
      const server = await uploadServer()
      const all = Buffer.concat(joinable.flatMap((file) => [file.bytes(), Buffer.from('\r\n')]))
      const first = await sendFile(server, kind, all)
      const before = server.replica.lastSeq()
      const second = await sendFile(server, kind, all)
      expect(second).toEqual({ ...first, added: 0, changed: 0, unchanged: first.added })
      expect(server.replica.lastSeq()).toBe(before)
      const held = sent(server, kind)
      expect(held).toHaveLength(Number(first.added))
      for (const part of partsOf(all.toString('latin1'), mark)) {
        expect(
          held.some((text) => text.includes(part)),
          part,
        ).toBe(true)
      }
    })

    test('sent one by one, everything is there, and the second time nothing is added', {
      timeout: 120_000,
    }, async () => {
      const server = await uploadServer()
      const refused: typeof files = []
      for (const file of files) {
        const answer = await sendFile(server, kind, file.bytes())
        if (answer.status !== 200) refused.push(file)
      }
      // Time zones alone are nobody's data.
      expect(refused.flatMap((file) => partsOf(file.bytes().toString('latin1'), mark))).toEqual([])
      // Files of the same UID replace each other, and stay in history.
      const ever = everSent(server, kind)
      for (const file of joinable) {
        for (const part of partsOf(file.bytes().toString('latin1'), mark))
          expect(
            ever.some((text) => text.includes(part)),
            file.name,
          ).toBe(true)
      }
      for (const file of files.filter((one) => !refused.includes(one)))
        expect(await sendFile(server, kind, file.bytes())).toMatchObject({ added: 0 })
    })
  })
}

/** From each begin to the line before the next mark: what must be found again, byte for byte. */
function partsOf(text: string, mark: RegExp): string[] {
  return [...text.matchAll(mark)].map((found) => {
    const behind = text.slice(found.index + 1).search(/^(?:BEGIN|END) ?:/im)
    return text.slice(found.index, behind < 0 ? undefined : found.index + 1 + behind)
  })
}
