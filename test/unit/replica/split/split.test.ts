/** Files of cards and calendars are taken apart with every byte of their parts as it was written. */
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { splitCalendars } from '../../../../main/replica/split/calendars.ts'
import { splitCards } from '../../../../main/replica/split/cards.ts'
import { temporaryFolder } from '../fixture.ts'

async function split(splitter: typeof splitCards, content: string | Buffer): Promise<Buffer[]> {
  const path = join(await temporaryFolder(), 'sent')
  await writeFile(path, content)
  const file = await open(path)
  try {
    const parts: Buffer[] = []
    for await (const part of splitter(file)) parts.push(part)
    return parts
  } finally {
    await file.close()
  }
}

const texts = async (splitter: typeof splitCards, content: string) =>
  (await split(splitter, content)).map((part) => part.toString('latin1'))

const card = (name: string) => `BEGIN:VCARD\r\nN:${name}\r\nEND:VCARD\r\n`

test('cards are parts of their own; blank lines between them are none', async () => {
  expect(await texts(splitCards, `${card('A')}\r\n\r\n${card('B')}`)).toEqual([card('A'), card('B')])
})

test('a card in a card stays in it', async () => {
  const outer = `BEGIN:VCARD\nN:outer\n${card('inner')}${card('another')}TEL:1\nEND:VCARD\n`
  expect(await texts(splitCards, outer + card('next'))).toEqual([outer, card('next')])
})

test('a card that nobody closed ends where the next one begins', async () => {
  const broken = 'BEGIN:VCARD\r\nN:broken\r\n'
  expect(await texts(splitCards, card('A') + broken + card('B') + broken)).toEqual([
    card('A'),
    broken,
    card('B'),
    broken,
  ])
})

test('text between cards is kept as a part', async () => {
  expect(await texts(splitCards, `${card('A')}what is this?\r\n${card('B')}`)).toEqual([
    card('A'),
    card('B'),
    'what is this?\r\n',
  ])
})

test('marks are found in any case and with blanks; not inside folded lines', async () => {
  const one = 'begin: vcard \nNOTE:a\n BEGIN:VCARD\nEnd:VCard\n'
  expect(await texts(splitCards, one + card('B'))).toEqual([one, card('B')])
})

test.each(['utf16le', 'utf16be'])('cards in %s are found, with a mark and without', async (encoding) => {
  const encode = (text: string) => {
    const bytes = Buffer.from(text, 'utf16le')
    return encoding === 'utf16be' ? bytes.swap16() : bytes
  }
  // Its code has the bytes of a line break in it.
  const [a, b] = [encode(card('Ωਊ')), encode(card('ਊऊ'))]
  expect(await split(splitCards, Buffer.concat([encode('\ufeff'), a, b]))).toEqual([a, b])
  expect(await split(splitCards, Buffer.concat([a, b]))).toEqual([a, b])
})

test('lines of old Macs end with a return', async () => {
  const [a, b] = ['A', 'B'].map((name) => card(name).replaceAll('\r\n', '\r'))
  expect(await texts(splitCards, `${a}${b}`)).toEqual([a, b])
})

test('a card is found whole where its lines are longer than what is read at once', async () => {
  const long = `BEGIN:VCARD\r\nPHOTO:${'x'.repeat(3_000_000)}\r\nEND:VCARD\r\n`
  expect(await texts(splitCards, card('A') + long + card('B'))).toEqual([card('A'), long, card('B')])
})

test('a card over 20 MB is refused before anything counts', async () => {
  const long = `BEGIN:VCARD\r\nPHOTO:${'x'.repeat(21 * 1024 ** 2)}\r\nEND:VCARD\r\n`
  await expect(split(splitCards, card('A') + long)).rejects.toMatchObject({ code: 'bad-input' })
})

test.each(['', 'just text', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'])(
  'there is nothing in %j',
  async (content) => {
    expect(await split(splitCards, content)).toEqual([])
    expect(await split(splitCalendars, content)).toEqual([])
  },
)

const zone = (id: string) =>
  `BEGIN:VTIMEZONE\r\nTZID:${id}\r\nBEGIN:STANDARD\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
const event = (uid: string, more = '') => `BEGIN:VEVENT\r\nUID:${uid}\r\n${more}END:VEVENT\r\n`
const calendar = (inside: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n folded\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Mine\r\n${inside}END:VCALENDAR\r\n`
const object = (inside: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\n folded\r\n${inside}END:VCALENDAR\r\n`

test('an event comes with its exceptions and the time zones it names, and no others', async () => {
  const [berlin, rome] = [zone('Europe/Berlin'), zone('Europe/Rome')]
  const master = event('1', 'DTSTART;TZID="Europe/Berlin":20260101T100000\r\nRRULE:FREQ=DAILY\r\n')
  const exception = event('1', 'RECURRENCE-ID;TZID=Europe/Berlin:20260102T100000\r\n')
  const other = event('2', 'DTSTART:20260101T100000Z\r\n')
  const file = calendar(berlin + rome + master + other + exception)
  expect(await texts(splitCalendars, file)).toEqual([object(berlin + master + exception), object(other)])
})

test('each component without UID is an object of its own', async () => {
  const one = 'BEGIN:VEVENT\r\nSUMMARY:a\r\nEND:VEVENT\r\n'
  expect(await texts(splitCalendars, calendar(one + one))).toEqual([object(one), object(one)])
})

test('an alarm lies in its event, and an event in none', async () => {
  const unclosed = 'BEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\n'
  const whole = event('2', 'BEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\n')
  expect(await texts(splitCalendars, calendar(unclosed + whole))).toEqual([object(unclosed), object(whole)])
})

test('a calendar that is cut off keeps what it has', async () => {
  const cut = calendar(event('1')).slice(0, -'END:VEVENT\r\nEND:VCALENDAR\r\n'.length)
  expect(await texts(splitCalendars, `${cut}SUMMARY:half`)).toEqual([
    object('BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:half\r\n'),
  ])
})

test('events without a calendar around them are taken, and text between them too', async () => {
  expect(await texts(splitCalendars, `${event('1')}text\r\n${event('2')}`)).toEqual([
    event('1'),
    event('2'),
    'text\r\n',
  ])
})

test('several calendars in one file are taken one by one', async () => {
  expect(await texts(splitCalendars, calendar(event('1')) + calendar(event('1')))).toEqual([
    object(event('1')),
    object(event('1')),
  ])
})
