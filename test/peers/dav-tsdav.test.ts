/** tsdav, a client library, finds, reads, changes and syncs contacts and calendars. */

import * as tsdav from 'tsdav'
import { type DAVClient, DAVNamespaceShort } from 'tsdav'
import { expect, it } from 'vitest'
import { card, type DavFixture, event, startDav } from './dav-fixture.ts'

async function connect(
  { base, phone }: DavFixture,
  defaultAccountType: 'carddav' | 'caldav',
): Promise<DAVClient> {
  const client = new tsdav.DAVClient({
    serverUrl: base,
    credentials: { username: phone.user, password: phone.password },
    authMethod: 'Basic',
    defaultAccountType,
  })
  await client.login()
  return client
}

it('contacts are made, read, changed, synced and deleted', async () => {
  await using dav = await startDav()
  const client = await connect(dav, 'carddav')
  const [book, ...others] = await client.fetchAddressBooks()
  expect(others).toEqual([])
  expect([book!.url, book!.displayName]).toEqual([dav.phone.urls.carddav, 'Contacts'])
  for (const name of ['a', 'b', 'c']) {
    const made = await client.createVCard({
      addressBook: book!,
      filename: `${name}.vcf`,
      vCardString: card(name),
    })
    expect(made.status).toBe(201)
  }
  const cards = await client.fetchVCards({ addressBook: book! })
  // It cuts off white space at the ends.
  expect(cards.map(({ data }) => data).sort()).toEqual(['a', 'b', 'c'].map((name) => card(name).trim()))

  const again = await client.createVCard({
    addressBook: book!,
    filename: 'a.vcf',
    vCardString: card('a', 'x'),
  })
  expect(again.status).toBe(412)
  const known = { ...book!, objects: cards, objectMultiGet: client.addressBookMultiGet.bind(client) }
  const first = cards.find(({ url }) => url.endsWith('a.vcf'))!
  expect((await client.updateVCard({ vCard: { ...first, data: card('a', 'changed') } })).status).toBe(204)
  expect((await client.updateVCard({ vCard: { ...first, data: card('a', 'too late') } })).status).toBe(412)
  expect((await client.deleteVCard({ vCard: cards.find(({ url }) => url.endsWith('b.vcf'))! })).status).toBe(
    204,
  )

  const { created, updated, deleted } = (
    await client.smartCollectionSync({ collection: known, method: 'webdav', detailedResult: true })
  ).objects as unknown as Record<'created' | 'updated' | 'deleted', { url: string }[]>
  const names = (objects: { url: string }[]) => objects.map(({ url }) => url.slice(-5))
  expect([names(created), names(updated), names(deleted)]).toEqual([[], ['a.vcf'], ['b.vcf']])
})

it('calendars are made, and events found by time and expanded', async () => {
  await using dav = await startDav()
  const client = await connect(dav, 'caldav')
  const calendars = await client.fetchCalendars()
  expect(calendars.map(({ displayName, components }) => [displayName, components])).toEqual([
    ['Calendar', ['VEVENT']],
    ['Tasks', ['VTODO']],
  ])
  const calendar = calendars[0]!
  await client.createCalendarObject({
    calendar,
    filename: 'old.ics',
    iCalString: event('old', '20200101T100000Z'),
  })
  const weekly = event('weekly', '20261201T100000Z').replace('SUMMARY', 'RRULE:FREQ=WEEKLY\r\nSUMMARY')
  await client.createCalendarObject({ calendar, filename: 'weekly.ics', iCalString: weekly })
  const timeRange = { start: '2027-01-01T00:00:00Z', end: '2027-02-01T00:00:00Z' }
  const found = await client.fetchCalendarObjects({ calendar, timeRange })
  expect(found.map(({ data }) => data)).toEqual([weekly.trim()])
  const [expanded] = await client.fetchCalendarObjects({ calendar, timeRange, expand: true })
  expect(String(expanded!.data).match(/BEGIN:VEVENT/g)).toHaveLength(4)
  expect(expanded!.data).not.toContain('RRULE')

  await client.makeCalendar({
    url: new URL('/dav/calendars/ada/trips/', dav.base).href,
    props: { [`${DAVNamespaceShort.DAV}:displayname`]: 'Trips' },
  })
  expect((await client.fetchCalendars()).map(({ displayName }) => displayName)).toContain('Trips')
  expect(await client.isCollectionDirty({ collection: calendar })).toMatchObject({ isDirty: true })
})
