/** Cards of 4.0 are handed to clients of 3.0 so that they can read them. */
import { describe, expect, it } from 'vitest'
import { asVersion3 } from '../../../main/links/dav/card-version.ts'

const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n')
const convert = (...lines: string[]) => asVersion3(Buffer.from(card('VERSION:4.0', ...lines))).toString()
const N = 'N:Doe;Jane;;;'
const expected = (...lines: string[]) => card('VERSION:3.0', ...lines)

describe('a card of 4.0', () => {
  it.each([
    ['what means the same', ['FN:Zoë', 'item1.NOTE:a\\, b', 'EMAIL;TYPE=home:a@b.example'], undefined],
    ['preference', ['EMAIL;PREF=1:a@b.example'], ['EMAIL;TYPE=pref:a@b.example']],
    ['several types in quotes', ['TEL;TYPE="voice,home":1'], ['TEL;TYPE=voice,home:1']],
    [
      'a number as a URI',
      ['TEL;VALUE=uri;TYPE=cell:tel:+1-555-0100;ext=7'],
      ['TEL;TYPE=cell:+1-555-0100 x7'],
    ],
    ['a place as a URI', ['GEO:geo:37.38,-122.08;u=1'], ['GEO:37.38;-122.08']],
    [
      'a group',
      ['KIND:group', 'MEMBER:urn:uuid:1'],
      ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1'],
    ],
    ['a birthday without year', ['BDAY:--0412'], ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12']],
    ['a whole birthday', ['BDAY:19850412'], undefined],
    [
      'an anniversary',
      ['ANNIVERSARY:20100801'],
      ['anniversary.X-ABDATE;TYPE=pref:20100801', 'anniversary.X-ABLabel:_$!<Anniversary>!$_'],
    ],
    [
      'a photo elsewhere',
      ['PHOTO;MEDIATYPE=image/png:https://a.example/p.png'],
      ['PHOTO;VALUE=uri:https://a.example/p.png'],
    ],
    ['an empty photo', ['PHOTO:'], []],
    ['a photo within', ['PHOTO:data:image/jpeg;base64,', ' AAAA'], ['PHOTO;ENCODING=b;TYPE=JPEG:AAAA']],
    ['source ids', ['CLIENTPIDMAP:1;urn:uuid:2', 'EMAIL;PID=1.1:a@b.example'], ['EMAIL:a@b.example']],
  ])('has %s', (_what, lines, converted) => {
    expect(convert(N, ...lines)).toBe(expected(N, ...(converted ?? lines)))
  })

  it('gets the structured name that 3.0 demands', () => {
    expect(convert('FN:Doe\\, Jane; Dr')).toBe(expected('FN:Doe\\, Jane; Dr', 'N:;Doe\\, Jane\\; Dr;;;'))
  })

  it('has long photos folded', () => {
    const lines = convert(N, `PHOTO:data:image/png;base64,${'A'.repeat(1000)}`).split('\r\n')
    expect(lines.every((line) => line.length <= 75)).toBe(true)
    expect(lines.slice(3, -2).join('').replaceAll(' ', '')).toBe(
      `PHOTO;ENCODING=b;TYPE=PNG:${'A'.repeat(1000)}`,
    )
  })
})

it('leaves all other cards alone, byte for byte', () => {
  for (const bytes of [
    Buffer.from(card('VERSION:3.0', 'FN:a', 'TEL;VALUE=uri:tel:1')),
    Buffer.from(card('VERSION:3.0', 'NOTE:VERSION:4.0')),
    Buffer.from([0xff, 0x00, 0x80]),
  ]) {
    expect(asVersion3(bytes)).toBe(bytes)
  }
})
