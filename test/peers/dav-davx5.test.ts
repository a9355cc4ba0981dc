/** The requests that DAVx5 sends, in its order and with its bodies (see the reference on DAV clients), get the answers it can use. */
import { expect, it } from 'vitest'
import { card, type DavFixture, event, startDav } from './dav-fixture.ts'
import { namesIn, propfindBody, readMultistatus, textIn, xmlBody } from './dav-xml.ts'

const depth = (value: string) => ({ headers: { depth: value } })

async function propfind(dav: DavFixture, path: string, level: string, ...names: string[]) {
  const { status, text, headers } = await dav.send('PROPFIND', path, {
    body: propfindBody(...names),
    ...depth(level),
  })
  expect(status).toBe(207)
  expect(headers.get('content-type')).toBe('application/xml; charset=utf-8')
  return readMultistatus(text)
}

it('finds the account from the address of this computer alone', async () => {
  await using dav = await startDav()
  for (const service of ['carddav', 'caldav']) {
    const wellKnown = await dav.send('PROPFIND', `/.well-known/${service}`, { as: null })
    expect([wellKnown.status, wellKnown.headers.get('location')]).toEqual([301, '/dav/'])
  }
  for (const path of ['/', '/dav/', dav.phone.book]) {
    const { responses } = await propfind(
      dav,
      path,
      '0',
      'd:resourcetype',
      'd:displayname',
      'd:current-user-principal',
      'card:addressbook-home-set',
      'card:addressbook-description',
    )
    expect(responses).toHaveLength(1)
    expect(textIn(responses[0]!, 'current-user-principal')).toBe('/dav/principals/ada/')
  }
  const options = await dav.send('OPTIONS', '/dav/principals/ada/')
  expect(options.status).toBe(200)
  const classes = options.headers.get('dav')!.split(/\s*,\s*/)
  expect(classes).toEqual(['1', '2', '3', 'addressbook', 'calendar-access', 'extended-mkcol'])
})

it('finds the collections and what may be done with them', async () => {
  await using dav = await startDav()
  const principal = (
    await propfind(
      dav,
      '/dav/principals/ada/',
      '0',
      'd:displayname',
      'd:group-membership',
      'd:resourcetype',
      'card:addressbook-home-set',
      'cal:calendar-home-set',
      'cal:calendar-user-address-set',
      'cs:calendar-proxy-read-for',
    )
  ).responses[0]!
  expect(textIn(principal, 'addressbook-home-set')).toBe('/dav/addressbooks/ada/')
  expect(textIn(principal, 'calendar-home-set')).toBe('/dav/calendars/ada/')
  expect(principal.missing).toEqual(['calendar-proxy-read-for'])

  const books = await propfind(
    dav,
    '/dav/addressbooks/ada/',
    '1',
    'd:current-user-privilege-set',
    'd:displayname',
    'd:owner',
    'd:resourcetype',
    'card:addressbook-description',
  )
  expect(books.responses.map(({ href }) => href)).toEqual(['/dav/addressbooks/ada/', dav.phone.book])
  const book = books.of(dav.phone.book)
  expect(namesIn(book, 'resourcetype')).toEqual(['collection', 'addressbook'])
  expect(namesIn(book, 'current-user-privilege-set')).toEqual(
    expect.arrayContaining(['read', 'write', 'write-content', 'bind', 'unbind']),
  )
  expect(namesIn(books.of('/dav/addressbooks/ada/'), 'current-user-privilege-set')).toContain('bind')

  const calendars = await propfind(
    dav,
    '/dav/calendars/ada/',
    '1',
    'd:resourcetype',
    'd:displayname',
    'ical:calendar-color',
    'cal:calendar-description',
    'cal:calendar-timezone',
    'cal:supported-calendar-component-set',
    'cs:source',
  )
  const components = (path: string) =>
    calendars
      .of(path)
      .found['supported-calendar-component-set']!.children.map((comp) =>
        typeof comp === 'string' ? comp : comp.attributes[0]!.value,
      )
  expect(components(dav.phone.calendar)).toEqual(['VEVENT'])
  expect(components('/dav/calendars/ada/tasks/')).toEqual(['VTODO'])
})

it('makes an address book and a calendar, changes and deletes them', async () => {
  await using dav = await startDav()
  const book = await dav.send('MKCOL', '/dav/addressbooks/ada/4F0A/', {
    body: xmlBody(
      'd:mkcol',
      `<d:set><d:prop><d:resourcetype><d:collection/><card:addressbook/></d:resourcetype>
      <d:displayname>Club</d:displayname><card:addressbook-description>All of them</card:addressbook-description></d:prop></d:set>`,
    ),
  })
  expect(book.status).toBe(201)
  const calendar = await dav.send('MKCALENDAR', '/dav/calendars/ada/9B2C/', {
    body: xmlBody(
      'cal:mkcalendar',
      `<d:set><d:prop><d:displayname>Trips</d:displayname><ical:calendar-color>#FF8800FF</ical:calendar-color>
      <cal:calendar-timezone-id>Europe/Vienna</cal:calendar-timezone-id>
      <cal:supported-calendar-component-set><cal:comp name="VEVENT"/><cal:comp name="VJOURNAL"/></cal:supported-calendar-component-set></d:prop></d:set>`,
    ),
  })
  expect(calendar.status).toBe(201)
  expect((await dav.send('MKCALENDAR', '/dav/calendars/ada/9B2C/')).status).toBe(405)

  const made = (
    await propfind(
      dav,
      '/dav/calendars/ada/9B2C/',
      '0',
      'd:displayname',
      'ical:calendar-color',
      'cal:calendar-timezone-id',
      'cal:supported-calendar-component-set',
    )
  ).responses[0]!
  expect([
    textIn(made, 'displayname'),
    textIn(made, 'calendar-color'),
    textIn(made, 'calendar-timezone-id'),
  ]).toEqual(['Trips', '#FF8800FF', 'Europe/Vienna'])
  expect(namesIn(made, 'supported-calendar-component-set')).toEqual(['comp', 'comp'])
  const club = (
    await propfind(dav, '/dav/addressbooks/ada/4F0A/', '0', 'd:displayname', 'card:addressbook-description')
  ).responses[0]!
  expect([textIn(club, 'displayname'), textIn(club, 'addressbook-description')]).toEqual([
    'Club',
    'All of them',
  ])

  const patched = await dav.send('PROPPATCH', '/dav/calendars/ada/9B2C/', {
    body: xmlBody(
      'd:propertyupdate',
      '<d:set><d:prop><d:displayname>Journeys</d:displayname></d:prop></d:set><d:remove><d:prop><ical:calendar-color/></d:prop></d:remove>',
    ),
  })
  expect(patched.status).toBe(207)
  const after = (await propfind(dav, '/dav/calendars/ada/9B2C/', '0', 'd:displayname', 'ical:calendar-color'))
    .responses[0]!
  expect([textIn(after, 'displayname'), after.missing]).toEqual(['Journeys', ['calendar-color']])

  expect((await dav.send('DELETE', '/dav/calendars/ada/9B2C/')).status).toBe(204)
  expect((await dav.send('PROPFIND', '/dav/calendars/ada/9B2C/', depth('0'))).status).toBe(404)
})

it('syncs contacts by token, and fetches them in tens', async () => {
  await using dav = await startDav()
  const { book } = dav.phone
  const state = (
    await propfind(
      dav,
      book,
      '0',
      'd:supported-report-set',
      'd:sync-token',
      'cs:getctag',
      'card:max-resource-size',
      'card:supported-address-data',
    )
  ).responses[0]!
  expect(namesIn(state, 'supported-report-set')).toEqual(
    expect.arrayContaining(['sync-collection', 'addressbook-multiget', 'addressbook-query']),
  )
  const types = state.found['supported-address-data']!.children
  expect(types.map((type) => typeof type !== 'string' && type.attributes.map(({ value }) => value))).toEqual([
    ['text/vcard', '3.0'],
  ])

  for (let n = 0; n < 12; n++) {
    const { status, headers } = await dav.send('PUT', `${book}${n}.vcf`, {
      body: card(`uid-${n}`),
      headers: { 'if-none-match': '*', 'content-type': 'text/vcard;charset=utf-8' },
    })
    expect([status, headers.get('etag')]).toEqual([201, expect.stringMatching(/^"[^"]+"$/)])
  }
  const sync = async (token: string, extra = '') =>
    readMultistatus(
      (
        await dav.send('REPORT', book, {
          ...depth('0'),
          body: xmlBody(
            'd:sync-collection',
            `<d:sync-token>${token}</d:sync-token><d:sync-level>1</d:sync-level>${extra}<d:prop><d:getetag/><d:resourcetype/></d:prop>`,
          ),
        })
      ).text,
    )
  const first = await sync('')
  expect(first.responses).toHaveLength(12)
  for (const response of first.responses) expect(textIn(response, 'getetag')).toMatch(/^"/)

  const multiget = await dav.send('REPORT', book, {
    ...depth('0'),
    body: xmlBody(
      'card:addressbook-multiget',
      `<d:prop><d:getcontenttype/><d:getetag/><card:address-data content-type="text/vcard"/></d:prop>
      ${first.responses
        .slice(0, 10)
        .map(({ href }) => `<d:href>${href}</d:href>`)
        .join('')}`,
    ),
  })
  const fetched = readMultistatus(multiget.text)
  expect(fetched.responses).toHaveLength(10)
  for (const response of fetched.responses) {
    const n = /(\d+)\.vcf/.exec(response.href)![1]
    expect(textIn(response, 'address-data')).toBe(card(`uid-${n}`))
    expect(textIn(response, 'getetag')).toBe(textIn(first.of(response.href), 'getetag'))
  }

  expect((await sync(first.syncToken!)).responses).toEqual([])
  await dav.send('DELETE', `${book}3.vcf`)
  await dav.send('PUT', `${book}4.vcf`, { body: card('uid-4', 'changed') })
  await dav.send('PUT', `${book}new.vcf`, { body: card('uid-new') })
  const second = await sync(first.syncToken!)
  expect(second.responses.map(({ href, status }) => [href, status])).toEqual([
    [`${book}3.vcf`, 404],
    [`${book}4.vcf`, undefined],
    [`${book}new.vcf`, undefined],
  ])
  expect(second.syncToken).not.toBe(first.syncToken)
  expect(textIn((await propfind(dav, book, '0', 'd:sync-token')).responses[0]!, 'sync-token')).toBe(
    second.syncToken,
  )
})

it('gets a long list in parts when it asks for a limit', async () => {
  await using dav = await startDav()
  const { book } = dav.phone
  for (let n = 0; n < 7; n++) await dav.send('PUT', `${book}${n}.vcf`, { body: card(`${n}`) })
  await dav.send('DELETE', `${book}0.vcf`)
  const seen: string[] = []
  let token = ''
  for (let more = true; more; ) {
    const part = readMultistatus(
      (
        await dav.send('REPORT', book, {
          body: xmlBody(
            'd:sync-collection',
            `<d:sync-token>${token}</d:sync-token><d:sync-level>1</d:sync-level><d:limit><d:nresults>3</d:nresults></d:limit><d:prop><d:getetag/></d:prop>`,
          ),
        })
      ).text,
    )
    const own = part.responses.find(({ href }) => href === book)
    expect(own === undefined || own.status === 507).toBe(true)
    const items = part.responses.filter(({ href }) => href !== book)
    expect(items.length).toBeLessThanOrEqual(3)
    // That something is gone which was never listed does no harm.
    seen.push(...items.filter(({ status }) => status !== 404).map(({ href }) => href))
    token = part.syncToken!
    more = own !== undefined
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${book}${n}.vcf`))
})

it('may tell the level by the Depth header as well', async () => {
  await using dav = await startDav()
  await dav.send('PUT', `${dav.phone.book}a.vcf`, { body: card('a') })
  const { status } = await dav.send('REPORT', dav.phone.book, {
    headers: { depth: '1' },
    body: xmlBody(
      'd:sync-collection',
      '<d:sync-token/><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>',
    ),
  })
  expect(status).toBe(207)
})

it('is told to list everything anew when its token is not of this history', async () => {
  await using dav = await startDav()
  const body = (token: string) =>
    xmlBody(
      'd:sync-collection',
      `<d:sync-token>${token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>`,
    )
  for (const token of ['data:,0000000000000000_1_1_0', 'http://example.org/1', 'x']) {
    const { status, text } = await dav.send('REPORT', dav.phone.book, { body: body(token) })
    expect([status, text]).toEqual([403, expect.stringContaining('<d:valid-sync-token/>')])
  }
})

it('gets a new calendar’s token refused when the calendar was made again under the same name', async () => {
  await using dav = await startDav()
  const path = '/dav/calendars/ada/trips/'
  const token = async () =>
    textIn((await propfind(dav, path, '0', 'd:sync-token')).responses[0]!, 'sync-token')
  await dav.send('MKCALENDAR', path)
  await dav.send('PUT', `${path}a.ics`, { body: event('a') })
  const old = await token()
  await dav.send('DELETE', path)
  await dav.send('MKCALENDAR', path)
  const { status } = await dav.send('REPORT', path, {
    body: xmlBody(
      'd:sync-collection',
      `<d:sync-token>${old}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop>`,
    ),
  })
  expect(status).toBe(403)
  expect((await dav.send('GET', `${path}a.ics`)).status).toBe(404)
})

it('finds events by a range with an open end, those that repeat too', async () => {
  await using dav = await startDav()
  const { calendar } = dav.phone
  const put = (name: string, body: string) => dav.send('PUT', `${calendar}${name}.ics`, { body })
  await put('past', event('past', '20200101T100000Z'))
  await put('future', event('future', '20270101T100000Z'))
  await put('weekly', event('weekly', '20200101T100000Z').replace('SUMMARY', 'RRULE:FREQ=WEEKLY\r\nSUMMARY'))
  await put(
    'ended',
    event('ended', '20200101T100000Z').replace('SUMMARY', 'RRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY'),
  )
  await put('day', event('day').replace('DTSTART:20261201T100000Z', 'DTSTART;VALUE=DATE:20270101'))
  await put('floating', event('floating', '20270101T100000'))
  const { status, text } = await dav.send('REPORT', calendar, {
    ...depth('1'),
    body: xmlBody(
      'cal:calendar-query',
      `<d:prop><d:getetag/></d:prop><cal:filter><cal:comp-filter name="VCALENDAR">
      <cal:comp-filter name="VEVENT"><cal:time-range start="20260824T000000Z"/></cal:comp-filter></cal:comp-filter></cal:filter>`,
    ),
  })
  expect(status).toBe(207)
  const found = readMultistatus(text).responses.map(({ href }) => /(\w+)\.ics/.exec(href)![1])
  expect(found.sort()).toEqual(['day', 'floating', 'future', 'weekly'])

  const multiget = readMultistatus(
    (
      await dav.send('REPORT', calendar, {
        body: xmlBody(
          'cal:calendar-multiget',
          `<d:prop><d:getcontenttype/><d:getetag/><cal:schedule-tag/><cal:calendar-data/></d:prop><d:href>${calendar}day.ics</d:href>`,
        ),
      })
    ).text,
  ).responses[0]!
  expect(textIn(multiget, 'getcontenttype')).toBe('text/calendar; charset=utf-8; component=VEVENT')
  expect(textIn(multiget, 'calendar-data')).toContain('DTSTART;VALUE=DATE:20270101\r\n')
  expect(multiget.missing).toEqual(['schedule-tag'])
})

it('finds contacts by text', async () => {
  await using dav = await startDav()
  for (const name of ['Zoë', 'Bob', 'zoey'])
    await dav.send('PUT', `${dav.phone.book}${encodeURIComponent(name)}.vcf`, { body: card(name) })
  const { text } = await dav.send('REPORT', dav.phone.book, {
    ...depth('1'),
    body: xmlBody(
      'card:addressbook-query',
      `<d:prop><d:getetag/><card:address-data/></d:prop>
      <card:filter><card:prop-filter name="FN"><card:text-match match-type="starts-with">ZO</card:text-match></card:prop-filter></card:filter>`,
    ),
  })
  expect(
    readMultistatus(text)
      .responses.map((one) => /FN:(.*)\r/.exec(textIn(one, 'address-data'))![1])
      .sort(),
  ).toEqual(['Zoë', 'zoey'])
})
