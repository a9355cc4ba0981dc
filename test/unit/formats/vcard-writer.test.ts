/** Writing contacts as vCard 3.0: what is written is read again, whatever the texts are. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Card, knownLabel, writeCard } from '../../../main/formats/vcard-writer.ts'
import { decodedValue, splitValue, unescapeText } from '../../../main/replica/index/content-line.ts'
import { readCardLines, readContact } from '../../../main/replica/index/vcard.ts'

function lines(card: Card): string[] {
  return writeCard(card).toString().replaceAll('\r\n ', '').trimEnd().split('\r\n')
}

describe('a written card', () => {
  test('has its lines in the standard’s terms', () => {
    const card: Card = {
      uid: 'u1',
      name: { family: 'O;Neil', given: 'Ann', prefix: 'Dr.' },
      organisation: ['Acme, Inc.', 'Sales'],
      phones: [
        { value: '+44 1', types: ['CELL'], preferred: true },
        { value: '2', label: 'Boat' },
      ],
      addresses: [{ value: { street: 'High St 1\nBack', city: 'York' }, types: ['HOME'] }],
      messages: [{ value: 'ann', service: 'Signal' }],
      birthday: { year: null, month: 2, day: 29 },
      dates: [{ value: { year: 2001, month: 3, day: 4 }, label: knownLabel('Anniversary') }],
      relations: [{ value: 'Bo', label: knownLabel('Spouse') }],
      websites: [{ value: 'https://example.org/a,b;c' }],
      categories: ['Friends', 'a,b'],
      picture: { type: 'PNG', bytes: Buffer.from('png') },
    }
    expect(lines(card).slice(3)).toEqual([
      'UID:u1',
      'FN:Dr. Ann O\\;Neil',
      'N:O\\;Neil;Ann;;Dr.;',
      'ORG:Acme\\, Inc.;Sales',
      'TEL;TYPE=CELL,PREF:+44 1',
      'item1.TEL:2',
      'item1.X-ABLabel:Boat',
      'ADR;TYPE=HOME:;;High St 1\\nBack;York;;;',
      'URL:https://example.org/a,b;c',
      'IMPP;X-SERVICE-TYPE=Signal:signal:ann',
      'BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29',
      'item2.X-ABDATE;VALUE=date:2001-03-04',
      'item2.X-ABLabel:_$!<Anniversary>!$_',
      'item3.X-ABRELATEDNAMES:Bo',
      'item3.X-ABLabel:_$!<Spouse>!$_',
      'CATEGORIES:Friends,a\\,b',
      'PHOTO;ENCODING=b;TYPE=PNG:cG5n',
      'END:VCARD',
    ])
  })

  test.each<[string, Partial<Card>]>([
    ['the organisation', { organisation: ['', 'Acme'] }],
    ['a mail address', { mails: [{ value: 'Acme' }] }],
    ['a telephone number', { phones: [{ value: 'Acme' }] }],
    ['a nickname', { nicknames: ['Acme'] }],
  ])('is called after %s when it has no name', (_, card) => {
    expect(readContact(writeCard({ uid: 'u', ...card })).name).toBe('Acme')
  })

  test('gives any text back when it is read, and no line is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (given) => {
        const text = `x${given}\nBEGIN:VCARD, \\;é`
          .replace(/[^\P{Cc}\t\n]/gu, '')
          .replace(/[\u2028\u2029]/g, '\n')
        const card: Card = { uid: 'u', formattedName: 'n', note: text, name: { family: text, given: 'y' } }
        const read = (name: string) =>
          decodedValue([...readCardLines(writeCard(card))].find((line) => line.name === name)!)
        expect(unescapeText(read('NOTE'))).toBe(text)
        expect(splitValue(read('N'), ';')).toEqual([text, 'y', '', '', ''])
        for (const line of writeCard(card).toString('latin1').split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(75)
        }
      }),
    )
  })
})
