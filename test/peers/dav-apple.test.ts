/** The requests of Apple's Contacts and Calendar, with the bodies of recordings, get answers that do not stop them. */
import { expect, it } from 'vitest'
import { card, type DavFixture, event, startDav } from './dav-fixture.ts'
import { namesIn, propfindBody, readMultistatus, textIn, xmlBody } from './dav-xml.ts'

async function propfind(dav: DavFixture, path: string, level: string, ...names: string[]) {
  const { status, text } = await dav.send('PROPFIND', path, {
    body: propfindBody(...names),
    headers: {
      depth: level,
      brief: 't',
      prefer: 'return=minimal',
      'user-agent': 'iOS/18.1 (22B83) dataaccessd/1.0',
    },
  })
  expect(status).toBe(207)
  return readMultistatus(text)
}

it('is asked for the password on the way to the principal, wherever it looks', async () => {
  await using dav = await startDav()
  for (const path of ['/', '/principals/', '/dav/', '/dav/principals/ada/']) {
    const { status, headers } = await dav.send('PROPFIND', path, { as: null })
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic realm=/)])
  }
  for (const path of ['/', '/principals/', '/dav/']) {
    const { responses } = await propfind(
      dav,
      path,
      '0',
      'd:current-user-principal',
      'd:principal-URL',
      'd:resourcetype',
    )
    expect(textIn(responses[0]!, 'current-user-principal')).toBe('/dav/principals/ada/')
  }
})

it('learns what the principal has, and what not', async () => {
  await using dav = await startDav()
  const names = [
    'cal:calendar-home-set',
    'cal:calendar-user-address-set',
    'd:current-user-principal',
    'd:displayname',
    'cs:dropbox-home-URL',
    'cs:email-address-set',
    'cs:notification-URL',
    'd:principal-collection-set',
    'd:principal-URL',
    'd:resource-id',
    'cal:schedule-inbox-URL',
    'cal:schedule-outbox-URL',
    'd:supported-report-set',
    'card:directory-gateway',
    'card:addressbook-home-set',
  ]
  const answer = await dav.send('PROPFIND', '/dav/principals/ada/', {
    body: propfindBody(...names),
    headers: { depth: '0' },
  })
  const principal = readMultistatus(answer.text).responses[0]!
  expect(textIn(principal, 'principal-URL')).toBe('/dav/principals/ada/')
  expect(textIn(principal, 'displayname')).toBe('Ada')
  expect(principal.missing).toEqual([
    'dropbox-home-URL',
    'email-address-set',
    'notification-URL',
    'resource-id',
    'schedule-inbox-URL',
    'schedule-outbox-URL',
    'directory-gateway',
  ])
  // The found ones stand first, for clients that read no further.
  expect(answer.text.indexOf('200 OK')).toBeLessThan(answer.text.indexOf('404 Not Found'))

  const brief = (await propfind(dav, '/dav/principals/ada/', '0', ...names)).responses[0]!
  expect(brief.missing).toEqual([])
  expect(Object.keys(brief.found)).toEqual(Object.keys(principal.found))
})

it('may ask what principals can be searched by, and who it is', async () => {
  await using dav = await startDav()
  const searchable = await dav.send('REPORT', '/principals/', {
    body: xmlBody('d:principal-search-property-set', ''),
    headers: { depth: '0' },
  })
  expect([searchable.status, searchable.text]).toEqual([
    200,
    expect.stringContaining('<d:principal-search-property-set'),
  ])
  const self = await dav.send('REPORT', '/dav/principals/', {
    body: xmlBody('d:principal-match', '<d:self/><d:prop><d:displayname/></d:prop>'),
  })
  expect(textIn(readMultistatus(self.text).of('/dav/principals/ada/'), 'displayname')).toBe('Ada')
  const expanded = await dav.send('REPORT', '/dav/principals/ada/', {
    body: xmlBody(
      'd:expand-property',
      `<d:property name="current-user-principal"><d:property name="displayname"/><d:property name="nothing"/></d:property>
      <d:property name="calendar-proxy-write-for" namespace="http://calendarserver.org/ns/"/>`,
    ),
  })
  const own = readMultistatus(expanded.text).of('/dav/principals/ada/')
  expect(namesIn(own, 'current-user-principal')).toEqual([
    'response',
    'href',
    'propstat',
    'prop',
    'displayname',
    'status',
    'propstat',
    'prop',
    'nothing',
    'status',
  ])
  expect(own.missing).toEqual(['calendar-proxy-write-for'])
})

it('lists the calendars with all it asks for, and no push', async () => {
  await using dav = await startDav()
  const { text } = await dav.send('PROPFIND', '/dav/calendars/ada/', {
    body: propfindBody(
      'd:resourcetype',
      'd:displayname',
      'd:current-user-privilege-set',
      'd:owner',
      'cs:getctag',
      'd:sync-token',
      'd:supported-report-set',
      'cal:supported-calendar-component-set',
      'cal:supported-calendar-component-sets',
      'ical:calendar-color',
      'ical:calendar-order',
      'cal:calendar-description',
      'cal:calendar-timezone',
      'cal:schedule-calendar-transp',
      'cal:default-alarm-vevent-date',
      'd:quota-available-bytes',
      'd:quota-used-bytes',
      'cs:push-transports',
      'cs:pushkey',
      'cs:publish-url',
      'cs:subscribed-strip-alarms',
      'd:add-member',
      'cs:allowed-sharing-modes',
      'ical:refreshrate',
      'cs:xmpp-uri',
      'd:resource-id',
      'cal:max-attendees-per-instance',
    ),
    headers: { depth: '1' },
  })
  const found = readMultistatus(text)
  expect(found.responses.map(({ href }) => href)).toEqual([
    '/dav/calendars/ada/',
    '/dav/calendars/ada/calendar/',
    '/dav/calendars/ada/tasks/',
  ])
  const calendar = found.of(dav.phone.calendar)
  expect(namesIn(calendar, 'resourcetype')).toEqual(['collection', 'calendar'])
  expect(namesIn(calendar, 'schedule-calendar-transp')).toEqual(['opaque'])
  expect(Number(textIn(calendar, 'quota-available-bytes'))).toBeGreaterThan(0)
  expect(calendar.missing).toEqual(expect.arrayContaining(['push-transports', 'pushkey']))
  expect(namesIn(found.of('/dav/calendars/ada/'), 'supported-report-set')).not.toContain('sync-collection')
})

it('may keep its own properties, on calendars and on the home', async () => {
  await using dav = await startDav()
  const timezone =
    'BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Vienna\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n'
  const changes: [string, string][] = [
    [
      dav.phone.calendar,
      '<ical:calendar-color symbolic-color="custom">#1BADF8FF</ical:calendar-color><ical:calendar-order>3</ical:calendar-order>',
    ],
    [
      dav.phone.calendar,
      `<cal:calendar-timezone>${timezone.replaceAll('\r', '&#13;')}</cal:calendar-timezone>`,
    ],
    [dav.phone.calendar, '<cal:schedule-calendar-transp><cal:transparent/></cal:schedule-calendar-transp>'],
    ['/dav/calendars/ada/', '<cal:default-alarm-vevent-date>BEGIN:VALARM</cal:default-alarm-vevent-date>'],
    ['/dav/principals/ada/', '<cs:calendar-availability>x</cs:calendar-availability>'],
  ]
  for (const [path, set] of changes) {
    const { status, text } = await dav.send('PROPPATCH', path, {
      body: xmlBody('d:propertyupdate', `<d:set><d:prop>${set}</d:prop></d:set>`),
    })
    expect([status, text]).toEqual([207, expect.stringContaining('200 OK')])
    expect(text).not.toContain('403')
  }
  const calendar = (
    await propfind(
      dav,
      dav.phone.calendar,
      '0',
      'ical:calendar-color',
      'ical:calendar-order',
      'cal:calendar-timezone',
      'cal:schedule-calendar-transp',
    )
  ).responses[0]!
  expect(textIn(calendar, 'calendar-color')).toBe('#1BADF8FF')
  expect(calendar.found['calendar-color']!.attributes[0]).toMatchObject({
    local: 'symbolic-color',
    value: 'custom',
  })
  expect(textIn(calendar, 'calendar-timezone')).toBe(timezone)
  expect(namesIn(calendar, 'schedule-calendar-transp')).toEqual(['transparent'])
  const home = (await propfind(dav, '/dav/calendars/ada/', '0', 'cal:default-alarm-vevent-date'))
    .responses[0]!
  expect(textIn(home, 'default-alarm-vevent-date')).toBe('BEGIN:VALARM')
})

it('makes a list of reminders', async () => {
  await using dav = await startDav()
  const path = '/dav/calendars/ada/0C8F-REMINDERS/'
  const { status } = await dav.send('MKCALENDAR', path, {
    body: xmlBody(
      'cal:mkcalendar',
      `<d:set><d:prop><d:displayname>Shopping</d:displayname><ical:calendar-color>#FF2968FF</ical:calendar-color><ical:calendar-order>4</ical:calendar-order>
      <cal:supported-calendar-component-set><cal:comp name="VTODO"/></cal:supported-calendar-component-set>
      <cal:schedule-calendar-transp><cal:transparent/></cal:schedule-calendar-transp></d:prop></d:set>`,
    ),
  })
  expect(status).toBe(201)
  expect((await dav.send('PUT', `${path}e.ics`, { body: event('e') })).status).toBe(403)
  const task = event('t').replaceAll('VEVENT', 'VTODO')
  expect((await dav.send('PUT', `${path}t.ics`, { body: task })).status).toBe(201)
  const tasks = readMultistatus(
    (
      await dav.send('REPORT', path, {
        headers: { depth: '1' },
        body: xmlBody(
          'cal:calendar-query',
          '<d:prop><d:getetag/><d:getcontenttype/></d:prop><cal:filter><cal:comp-filter name="VCALENDAR"><cal:comp-filter name="VTODO"/></cal:comp-filter></cal:filter>',
        ),
      })
    ).text,
  )
  expect(tasks.responses.map((one) => textIn(one, 'getcontenttype'))).toEqual([
    'text/calendar; charset=utf-8; component=VTODO',
  ])
})

it('sees by CTag and token that nothing changed, and that something did', async () => {
  await using dav = await startDav()
  const state = async () => {
    const { responses } = await propfind(dav, dav.phone.calendar, '0', 'cs:getctag', 'd:sync-token')
    return [textIn(responses[0]!, 'getctag'), textIn(responses[0]!, 'sync-token')]
  }
  const before = await state()
  await dav.send('PUT', `${dav.phone.book}a.vcf`, { body: card('a') })
  expect(await state()).toEqual(before)
  await dav.send('PUT', `${dav.phone.calendar}a.ics`, { body: event('a') })
  const after = await state()
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).not.toBe(before[1])
})

it('is never given a card of version 4.0, though it is stored as it came', async () => {
  await using dav = await startDav()
  const newer =
    'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:u\r\nFN:Zoë Doe\r\nTEL;VALUE=uri;PREF=1:tel:+1-555\r\nEND:VCARD\r\n'
  const path = `${dav.phone.book}u.vcf`
  await dav.send('PUT', path, { body: newer, headers: { 'content-type': 'text/vcard;version=4.0' } })
  const read = async (attributes: string) =>
    textIn(
      readMultistatus(
        (
          await dav.send('REPORT', dav.phone.book, {
            body: xmlBody(
              'card:addressbook-multiget',
              `<d:prop><d:getetag/><card:address-data${attributes}/></d:prop><d:href>${path}</d:href>`,
            ),
          })
        ).text,
      ).responses[0]!,
      'address-data',
    )
  const older =
    'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Zoë Doe\r\nTEL;TYPE=pref:+1-555\r\nN:;Zoë Doe;;;\r\nEND:VCARD\r\n'
  expect(await read('')).toBe(older)
  expect(await read(' content-type="text/vcard" version="3.0"')).toBe(older)
  expect(await read(' content-type="text/vcard" version="4.0"')).toBe(newer)
  expect((await dav.send('GET', path)).text).toBe(newer)
})

it('gets every byte of a card with a large photo and odd characters', async () => {
  await using dav = await startDav()
  const photo = Array.from({ length: 4000 }, (_, n) => ` ${'QUJD'.repeat(18)}${n % 10}A==`).join('\r\n')
  const body = card('p').replace(
    'END',
    `PHOTO;ENCODING=b;TYPE=JPEG:\r\n${photo}\r\nNOTE:<&>"' ]]> \u2028 😀\\n\r\nEND`,
  )
  const path = `${dav.phone.book}p.vcf`
  await dav.send('PUT', path, { body })
  const { text } = await dav.send('REPORT', dav.phone.book, {
    body: xmlBody(
      'card:addressbook-multiget',
      `<d:prop><card:address-data/></d:prop><d:href>${path}</d:href>`,
    ),
  })
  expect(textIn(readMultistatus(text).responses[0]!, 'address-data')).toBe(body)
})
