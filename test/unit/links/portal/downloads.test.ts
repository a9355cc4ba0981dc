/** What a phone is told is safe, and contacts and calendars on their way back. */
import { expect, test } from 'vitest'
import { Problem } from '../../../../main/problem.ts'
import { createCollection } from '../../../../main/replica/collections.ts'
import { removeItem } from '../../../../main/replica/items.ts'
import { addPhone } from '../../../../main/replica/phones.ts'
import { storeText } from '../../../../main/replica/store.ts'
import { card, worldAt } from '../../replica/fixture.ts'
import { bytesOf, fakeJpeg, testDownloads } from './downloads-fixture.ts'

const DAY = 86_400_000

function event(uid: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:${uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
}

test('it says what is there, since when, and counts every collection', async () => {
  const world = worldAt(100 * DAY)
  const { browser, replica, phone, putCard, putPhoto, calendar } = await testDownloads(world)
  await putCard('1.vcf', card('1', 'Ada'))
  world.set(101 * DAY)
  await putCard('1.vcf', card('1', 'Ada Lovelace'))
  await putCard('2.vcf', card('2', 'Grace'))
  await storeText(replica, calendar, 'a.ics', Buffer.from(event('a')), 'test')
  const { id: phoneId } = phone
  const mirror = await replica.write((tx) =>
    createCollection(tx, {
      ...{ phoneId, kind: 'contacts', name: 'icloud', displayName: 'iCloud', components: [] },
      origin: 'mirror',
    }),
  )
  await storeText(replica, mirror, '1.vcf', Buffer.from(card('1', 'Ada')), 'test')
  await putPhoto('a.jpg', fakeJpeg(1))
  const shown = await browser.call('phone.show', {})
  expect(shown.phone).toEqual({ name: phone.name, user: phone.user })
  const contactBytes = card('1', 'Ada Lovelace').length + card('2', 'Grace').length + card('1', 'Ada').length
  expect(shown.kinds).toEqual([
    { kind: 'contacts', count: 3, bytes: contactBytes, since: 100 * DAY },
    { kind: 'events', count: 1, bytes: event('a').length, since: 101 * DAY },
    { kind: 'tasks', count: 0, bytes: 0, since: null },
    { kind: 'photos', count: 1, bytes: 1000, since: 101 * DAY },
  ])
})

test('the last backup is told only when it is there, holds this phone and is known to be whole', async () => {
  const { browser, replica, putCard, snapshot, vault } = await testDownloads()
  await putCard('1.vcf', card('1', 'Ada'))
  const backup = async () => (await browser.call('phone.show', {})).lastBackup
  expect(await backup()).toBeNull()
  const id = await snapshot()
  expect(await backup()).toEqual({ at: expect.any(Number), whole: true })
  await replica.write((tx) => tx.statement('DELETE FROM backups WHERE snapshot_id = ?').run(id))
  expect(await backup()).toMatchObject({ whole: false })
  vault.fail = new Problem('no-vault', 'The disk is away.', 'Plug it in.')
  expect(await backup()).toBeNull()
  await expect(browser.call('points.list', {})).rejects.toThrow('503')
})

test('points are this phone’s backups, newest first, with what each holds', async () => {
  const { browser, other, putCard, putPhoto, snapshot } = await testDownloads()
  await putCard('1.vcf', card('1', 'Ada'))
  const first = await snapshot()
  await putPhoto('a.jpg', fakeJpeg(1))
  const second = await snapshot()
  const { points } = await browser.call('points.list', {})
  expect(points).toMatchObject([
    { id: second, contacts: 1, events: 0, photos: 1 },
    { id: first, contacts: 1, events: 0, photos: 0 },
  ])
  expect((await other.call('points.list', {})).points).toMatchObject([
    { id: second, contacts: 0, photos: 0 },
    { id: first, contacts: 0, photos: 0 },
  ])
})

test('contacts come back as they were sent, group cards included, now and as they were', async () => {
  const { browser, putCard, snapshot, remove } = await testDownloads()
  const group =
    'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:g\r\nKIND:group\r\nFN:Family\r\nMEMBER:urn:uuid:1\r\nEND:VCARD'
  await putCard('1.vcf', card('1', 'Ada'))
  await putCard('2.vcf', group)
  const id = await snapshot()
  await remove('1.vcf')
  const before = await browser.ask(`/portal/get/contacts.vcf?at=${id}`)
  expect(before.headers.get('content-type')).toBe('text/vcard; charset=utf-8')
  expect(before.headers.get('content-disposition')).toBe(
    `attachment; filename="Ada_s Pixel Contacts.vcf"; filename*=UTF-8''Ada%E2%80%99s%20Pixel%20Contacts.vcf`,
  )
  expect((await bytesOf(before)).toString()).toBe(`${card('1', 'Ada')}${group}\r\n`)
  const now = await bytesOf(await browser.ask('/portal/get/contacts.vcf'))
  expect(now.toString()).toBe(`${group}\r\n`)
  const head = await browser.ask('/portal/get/contacts.vcf', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('without a point it means what is there now, not the newest backup', async () => {
  const { browser, putCard, snapshot } = await testDownloads()
  await putCard('1.vcf', card('1', 'Ada'))
  const id = await snapshot()
  await putCard('2.vcf', card('2', 'Grace'))
  expect(await browser.call('calendars.list', {})).toMatchObject({ contacts: 2 })
  expect(await browser.call('calendars.list', { at: id })).toMatchObject({ contacts: 1 })
})

test('each calendar comes back as one file', async () => {
  const { browser, replica, calendar, snapshot } = await testDownloads()
  await storeText(replica, calendar, 'a.ics', Buffer.from(event('a')), 'test')
  await storeText(replica, calendar, 'b.ics', Buffer.from(event('b')), 'test')
  const id = await snapshot()
  await replica.write((tx) => removeItem(tx, calendar.id, 'b.ics', 'test'))
  expect((await browser.call('calendars.list', { at: id })).calendars).toEqual([
    { name: 'calendar', displayName: 'Calendar', items: 2 },
    { name: 'tasks', displayName: 'Tasks', items: 0 },
  ])
  const text = async (path: string) => (await bytesOf(await browser.ask(path))).toString()
  expect((await text(`/portal/get/calendar/calendar.ics?at=${id}`)).match(/^SUMMARY:.*$/gm)).toEqual([
    'SUMMARY:a',
    'SUMMARY:b',
  ])
  expect((await text('/portal/get/calendar/calendar.ics')).match(/^SUMMARY:.*$/gm)).toEqual(['SUMMARY:a'])
  expect((await browser.ask('/portal/get/calendar/none.ics')).status).toBe(404)
})

test('a point that is none is not there', async () => {
  const { browser, putCard, snapshot } = await testDownloads()
  await putCard('1.vcf', card('1', 'Ada'))
  await snapshot()
  for (const at of ['nonsense', '', '../../x', '0'.repeat(64), 'latest', '2026-11-22', 'change:1']) {
    const { status } = await browser.ask(`/portal/get/contacts.vcf?at=${encodeURIComponent(at)}`)
    expect([at, status]).toEqual([at, 404])
    await expect(browser.call('photos.list', { at })).rejects.toThrow('404')
  }
})

test('a backup that holds nothing of a phone is not there for it, whatever the name of what it holds', async () => {
  const { browser, openFor, replica, phone, putCard, snapshot } = await testDownloads()
  await putCard('1.vcf', card('1', 'Ada'))
  const id = await snapshot()
  const rename = (phoneId: string, name: string) =>
    replica.write((tx) => tx.statement('UPDATE phones SET name = ? WHERE id = ?').run(name, phoneId))
  const path = `/portal/get/contacts.vcf?at=${id}`
  await rename(phone.id, 'Ada’s old Pixel')
  expect((await bytesOf(await browser.ask(path))).toString()).toBe(card('1', 'Ada'))
  // Another phone now has the name that the backup knows the first by.
  const { phone: late } = await addPhone(replica, phone.name)
  const other = await openFor(late)
  expect((await other.call('points.list', {})).points).toEqual([])
  expect((await other.ask(path)).status).toBe(404)
  expect((await browser.call('points.list', {})).points).toMatchObject([{ contacts: 1 }])
})

test('nothing is beside what there is', async () => {
  const { browser } = await testDownloads()
  const places = [
    '',
    '/contacts.vcf/more',
    '/calendar',
    '/calendar/calendar',
    '/photo',
    '/photo/nope',
    '/photo/a/b',
  ]
  for (const place of [...places, '/thumbnail/nope', '/constructor/x', '/photo/..%252f..%252fetc']) {
    expect([place, (await browser.ask(`/portal/get${place}`)).status]).toEqual([place, 404])
  }
  for (const place of [
    '/photo/..%2f..%2fetc%2fpasswd',
    '/calendar/a%5cb.ics',
    '/photo/a%00b',
    '/photo/%ff',
  ]) {
    expect([place, (await browser.ask(`/portal/get${place}`)).status]).toEqual([place, 400])
  }
})

test('nothing is given without a session, and nothing is changed here', async () => {
  const { browser, base } = await testDownloads()
  expect((await fetch(`${base}/portal/get/contacts.vcf`)).status).toBe(401)
  expect((await browser.ask('/portal/get/contacts.vcf', { method: 'POST', body: 'x' })).status).toBe(405)
})
