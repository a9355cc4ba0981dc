import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { expect, test } from 'vitest'
import { storeText } from '../../../main/replica/store.ts'
import { choosePoint } from '../../../main/restore/choose-point.ts'
import { exportPoint } from '../../../main/restore/export.ts'
import { card, temporaryFolder } from '../replica/fixture.ts'
import { testRestore } from './fixture.ts'

const ZONE =
  'BEGIN:VTIMEZONE\r\nTZID:Home\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n'

function event(uid: string, title: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n${ZONE}BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Home:20260101T100000\r\nSUMMARY:${title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
}

async function exported(setUp: (kept: Awaited<ReturnType<typeof testRestore>>) => Promise<void>) {
  const kept = await testRestore()
  await setUp(kept)
  await kept.snapshot()
  const point = await choosePoint(kept.replica, kept.tools.vault, kept.phone, undefined)
  const folder = await temporaryFolder()
  const again = () => exportPoint(kept.replica.world, point, folder, {})
  return { folder, result: await again(), again }
}

test('contacts become one file with every card as it is', async () => {
  const { folder, result } = await exported(async ({ putCard }) => {
    await putCard('1.vcf', card('1', 'Ada'))
    await putCard('2.vcf', card('2', 'Grace').trimEnd())
  })
  expect(result).toMatchObject({ contacts: 2, events: 0, photos: 0 })
  expect(await readFile(join(folder, 'Contacts.vcf'), 'utf8')).toBe(card('1', 'Ada') + card('2', 'Grace'))
})

test('a calendar becomes one file that a calendar program reads, with each time zone once', async () => {
  const { folder } = await exported(async ({ replica, calendar }) => {
    await storeText(replica, calendar, 'a.ics', Buffer.from(event('a', 'One')), 'test')
    await storeText(replica, calendar, 'b.ics', Buffer.from(event('b', 'Two')), 'test')
  })
  const merged = new ICAL.Component(ICAL.parse(await readFile(join(folder, 'Calendar.ics'), 'utf8')))
  expect(merged.getAllSubcomponents('vtimezone')).toHaveLength(1)
  expect(merged.getAllSubcomponents('vevent').map((one) => one.getFirstPropertyValue('summary'))).toEqual([
    'One',
    'Two',
  ])
})

test('photos lie in their folders with their times, and are not written twice', async () => {
  const { folder, again } = await exported(async ({ putPhoto }) => {
    await putPhoto('2026/11/a.jpg', Buffer.from('photo'), 1_500_000_000_000)
  })
  const path = join(folder, 'Photos', '2026', '11', 'a.jpg')
  expect(await readFile(path, 'utf8')).toBe('photo')
  const first = await stat(path)
  expect(first.mtimeMs).toBe(1_500_000_000_000)
  await again()
  expect((await stat(path)).ino).toBe(first.ino)
  expect((await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([])
})
