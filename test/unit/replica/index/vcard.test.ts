/** Cards of every version and condition: what the index makes of them. */
import { expect, test } from 'vitest'
import type { ContactFacts } from '../../../../main/replica/index/facts.ts'
import { readContact } from '../../../../main/replica/index/vcard.ts'
import { describeCorpus } from '../../../corpus.ts'
import { HANG } from '../../hang.ts'

function read(...lines: string[]): ContactFacts {
  return readContact(Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n')))
}

describeCorpus('real cards', 'vcards', (files) => {
  const facts = new Map(files.map((file) => [file.name, readContact(file.bytes())]))

  test('nearly all are readable, and all at once', () => {
    const before = performance.now()
    const readable = files.filter((file) => readContact(file.bytes()).readable)
    expect(performance.now() - before).toBeLessThan(HANG)
    expect(readable.length).toBeGreaterThanOrEqual(78)
    expect(files.length).toBeLessThanOrEqual(readable.length + 6)
  })

  const known: [string, Partial<ContactFacts>][] = [
    [
      'ez-vcard/io/text/John_Doe_IPHONE.vcf',
      {
        name: 'Mr. John Richter James Doe Sr.',
        sortName: 'doe john richter,james',
        organisation: 'IBM, Accounting',
        mails: ['john.doe@ibm.com'],
      },
    ],
    ['ez-vcard/io/text/John_Doe_BLACK_BERRY.vcf', { name: 'John Doe', phones: ['+96123456789'] }],
    ['ez-vcard/io/text/outlook-2007.vcf', { name: 'Mr. Michael Angstadt Jr.', sortName: 'angstadt michael' }],
    ['ez-vcard/io/text/John_Doe_LOTUS_NOTES.vcf', { uid: '0e7602cc-443e-4b82-b4b1-90f62f99a199' }],
    ['android-aosp-vcard/v21_japanese_1.vcf', { name: '安藤ロイド', phones: ['0300000000'] }],
    ['android-aosp-vcard/v21_japanese_3.vcf', { name: '伊能 圭一 伊予' }],
    ['android-aosp-vcard/v21_nest.vcf', { name: 'parent', phones: ['1'] }],
    ['android-aosp-vcard/v21_base64_no_2_crlf.vcf', { name: 'fullname', sortName: 'name' }],
    ['android-aosp-vcard/v21_backslash.vcf', { name: 'A;B\\C;D:E\\' }],
    ['android-aosp-vcard/v21_invalid_multiple_line.vcf', { mails: ['omega@example.com'] }],
    [
      'android-aosp-vcard/v30_ios_613_multiline.vcf',
      { name: 'Bob Smith', organisation: 'Smith Auto Repair' },
    ],
    ['android-aosp-vcard/v40_sort_as.vcf', { name: '安藤 ロイド', sortName: 'あんどう ろいど' }],
    ['ical4j-vcard/4b62872a-849-0.vcf', { uid: '4b62872a-849-0', name: 'Herr Franz M. Branntwein' }],
    ['ical4j-vcard/invalid/vcard-dirk-whitespaceafterbegin.vcf', { name: 'Dirk' }],
    ['ical4j-vcard/vcard-vCards-SAP.vcf', { name: 'Gwendolina Brown' }],
    ['node-vcf/vcard-4.0.vcf', { phones: ['+11115551212', '+14045551212', '+14045551213'] }],
    ['node-vcf/xing.vcf', { uid: 'XING-UID-XXXXXXXX', sortName: 'mustermann', organisation: 'Example GmbH' }],
  ]
  test.each(known)('%s', (name, expected) => {
    expect(facts.get(name)).toMatchObject({ readable: true, ...expected })
  })
})

test('lower case, groups, folded lines and escapes', () => {
  expect(
    read(
      'fn:Ada\\, Countess',
      'item1.tel;type=cell:+44 1',
      'item1.X-ABLabel:mobile',
      'ORG:Analyti',
      ' cal;Engines',
    ),
  ).toMatchObject({
    name: 'Ada, Countess',
    phones: ['+44 1'],
    organisation: 'Analytical, Engines',
  })
})

test('a fold in the middle of a character', () => {
  const [before, after] = ['FN:Zo\xc3', ' \xab'].map((line) => Buffer.from(line, 'latin1')) as [
    Buffer,
    Buffer,
  ]
  const card = Buffer.concat([
    Buffer.from('BEGIN:VCARD\r\n'),
    before,
    Buffer.from('\r\n'),
    after,
    Buffer.from('\r\nEND:VCARD'),
  ])
  expect(readContact(card).name).toBe('Zoë')
})

test('quoted-printable with soft breaks, beside base64 that ends in equals signs', () => {
  const facts = read(
    'VERSION:2.1',
    'FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=\r\n=BCrgen =\r\n M=C3=BCller',
    'PHOTO;ENCODING=BASE64:AAAA==',
    'TEL;HOME:1',
  )
  expect(facts).toMatchObject({ name: 'Jürgen  Müller', phones: ['1'] })
})

test.each([
  ['ISO-8859-1', Buffer.from('Jos\xe9', 'latin1'), 'José'],
  ['SHIFT_JIS', Buffer.from([0x88, 0xc0, 0x93, 0xa1]), '安藤'],
  ['no-such-charset', Buffer.from('José'), 'José'],
  ['UTF-8', Buffer.from('Jos\xe9', 'latin1'), 'José'],
  ['ISO-2022-JP', Buffer.from('\x1b$B0BF#\x1b(B', 'latin1'), '安藤'],
])('charset %s', (charset, name, expected) => {
  const card = Buffer.concat([
    Buffer.from(`BEGIN:VCARD\nFN;CHARSET=${charset}:`),
    name,
    Buffer.from('\nEND:VCARD'),
  ])
  expect(readContact(card).name).toBe(expected)
})

const PLAIN = 'BEGIN:VCARD\r\nFN:Zoë\r\nTEL:1\r\nEND:VCARD\r\n'
test.each([
  ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(PLAIN)])],
  ['UTF-16LE with a mark', Buffer.from(`\ufeff${PLAIN}`, 'utf16le')],
  ['UTF-16LE without', Buffer.from(PLAIN, 'utf16le')],
  ['UTF-16BE with a mark', Buffer.from(`\ufeff${PLAIN}`, 'utf16le').swap16()],
  ['line breaks of old Macs', Buffer.from(PLAIN.replaceAll('\r\n', '\r'))],
  ['bare line feeds', Buffer.from(PLAIN.replaceAll('\r\n', '\n'))],
  ['Latin-1 without saying so', Buffer.from(PLAIN, 'latin1')],
  ['without its end', Buffer.from(PLAIN.replace('END:VCARD', ''))],
  ['without its begin', Buffer.from(PLAIN.replace('BEGIN:VCARD', ''))],
])('%s', (_name, bytes) => {
  expect(readContact(bytes)).toMatchObject({ name: 'Zoë', phones: ['1'] })
})

test('the name comes from the best there is', () => {
  expect(read('N:Lovelace;Ada;King;Countess;').name).toBe('Countess Ada King Lovelace')
  expect(read('FN:', 'N:;;;;', 'ORG:;Engines').name).toBe('Engines')
  expect(read('NICKNAME:Ada', 'TEL:1').name).toBe('Ada')
  expect(read('EMAIL:mailto:ada@example.org').name).toBe('ada@example.org')
  expect(read('TEL;VALUE=uri:tel:+44-1').name).toBe('+44-1')
  expect(read('NOTE:nothing')).toMatchObject({ name: '', readable: false })
})

test('groups of both worlds', () => {
  expect(read('FN:Friends', 'KIND:group').isGroup).toBe(true)
  expect(read('FN:Friends', 'X-ADDRESSBOOKSERVER-KIND:Group').isGroup).toBe(true)
  expect(read('FN:Ada', 'KIND:individual').isGroup).toBe(false)
})

test('the first card of a file counts, without the agent inside it', () => {
  const agent = ['AGENT:', 'BEGIN:VCARD', 'FN:Agent', 'TEL:007', 'END:VCARD']
  const bytes = [
    ...['BEGIN:VCARD', ...agent, 'FN:Boss', 'END:VCARD'],
    'BEGIN:VCARD',
    'FN:Next',
    'TEL:2',
    'END:VCARD',
  ]
  expect(readContact(Buffer.from(bytes.join('\n')))).toMatchObject({ name: 'Boss', phones: [] })
})

test('the index stays small whatever a card holds', () => {
  const facts = read(
    `FN:${'x'.repeat(100_000)}`,
    `UID:${'y'.repeat(100_000)}`,
    ...Array.from({ length: 5000 }, (_, n) => `TEL:${n}`),
  )
  expect(facts.name).toHaveLength(500)
  expect(facts.uid).toBeNull()
  expect(facts.phones).toHaveLength(100)
})

const MEGABYTE = 1 << 20
test.each([
  ['one line of 10 MB', `FN:${'x'.repeat(10 * MEGABYTE)}`],
  ['10 MB without a colon', 'x'.repeat(10 * MEGABYTE)],
  ['a photo of 10 MB, folded', `FN:x\nPHOTO;ENCODING=b:${`${'A'.repeat(75)}\n `.repeat(140_000)}`],
  ['a photo of 10 MB, not folded', `FN:x\nPHOTO;ENCODING=b:${`${'A'.repeat(75)}\n`.repeat(140_000)}`],
  ['100,000 properties', 'FN:x\n'.repeat(100_000)],
  ['quotes that never close', `FN;X="${'":;'.repeat(MEGABYTE)}:x`],
  ['10 MB of returns', `FN:x${'\r'.repeat(10 * MEGABYTE)}\n`],
  ['2 MB of soft breaks', `FN;QUOTED-PRINTABLE:${'=\n'.repeat(MEGABYTE)}`],
  ['a megabyte of backslashes', `N:${'\\'.repeat(MEGABYTE)};${';'.repeat(MEGABYTE)}`],
  ['deep nesting', 'BEGIN:VCARD\n'.repeat(200_000)],
])('%s is read at once', (_name, text) => {
  const bytes = Buffer.from(`BEGIN:VCARD\n${text}`)
  const before = performance.now()
  readContact(bytes)
  expect(performance.now() - before).toBeLessThan(HANG)
})
