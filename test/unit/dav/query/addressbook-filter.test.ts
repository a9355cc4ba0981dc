/** Filters on cards: RFC 6352, 10.5, from the XML of a query to the cards it finds. */
import { describe, expect, test } from 'vitest'
import { parseXml } from '../../../../main/formats/xml.ts'
import { matchesAddressbookFilter } from '../../../../main/links/dav/query/addressbook-filter.ts'
import { parseAddressbookFilter } from '../../../../main/links/dav/query/parse-filter.ts'
import { Refusal } from '../../../../main/links/dav/refusal.ts'

function query(inside: string): ReturnType<typeof parseAddressbookFilter> {
  return parseAddressbookFilter(
    parseXml(
      Buffer.from(
        `<c:addressbook-query xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:d="DAV:"><d:prop><d:getetag/></d:prop>${inside}</c:addressbook-query>`,
      ),
    ),
  )
}

const ADA = Buffer.from(
  [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'UID:ada',
    'FN:Ada Lovelace',
    'N:Lovelace;Ada;;;',
    'NICKNAME:Enchantress\\, of Numbers',
    'item1.TEL;TYPE=CELL,VOICE:+44 1',
    'TEL;TYPE=HOME:+44 2',
    'EMAIL;TYPE=WORK:Ada@Example.org',
    'NOTE;CHARSET=ISO-8859-1:Zo\xeb',
    'item1.X-ABLabel:mobile',
    'END:VCARD',
  ].join('\r\n'),
  'latin1',
)

const prop = (name: string, inside = '', attributes = '') =>
  `<c:prop-filter name="${name}"${attributes}>${inside}</c:prop-filter>`
const text = (value: string, attributes = '') => `<c:text-match${attributes}>${value}</c:text-match>`
const param = (name: string, inside = '') => `<c:param-filter name="${name}">${inside}</c:param-filter>`
const UNDEFINED = '<c:is-not-defined/>'

describe('one card and many filters', () => {
  const rows: [string, string, string, boolean][] = [
    ['no filter at all', '', '', true],
    ['the property is there', '', prop('NICKNAME'), true],
    ['names in any case', '', prop('nickname'), true],
    ['the property is not there', '', prop('BDAY'), false],
    ['not defined', '', prop('BDAY', UNDEFINED), true],
    ['not defined, but there', '', prop('FN', UNDEFINED), false],
    ['contains, in any case by default', '', prop('FN', text('LOVE')), true],
    ['equals', '', prop('FN', text('ada lovelace', ' match-type="equals"')), true],
    ['equals is not contains', '', prop('FN', text('ada', ' match-type="equals"')), false],
    ['starts with', '', prop('EMAIL', text('ada@', ' match-type="starts-with"')), true],
    ['ends with', '', prop('EMAIL', text('.ORG', ' match-type="ends-with"')), true],
    ['by octets', '', prop('EMAIL', text('ada', ' collation="i;octet"')), false],
    ['beyond ASCII', '', prop('NOTE', text('ZOË')), true],
    [
      'beyond ASCII, with a collation that is ASCII',
      '',
      prop('NOTE', text('ZOË', ' collation="i;ascii-casemap"')),
      false,
    ],
    ['without backslashes', '', prop('NICKNAME', text('Enchantress, of')), true],
    ['negated', '', prop('FN', text('Byron', ' negate-condition="yes"')), true],
    ['one of several of a kind', '', prop('TEL', text('44 2')), true],
    ['none of the kind', '', prop('TEL', text('44 3')), false],
    ['any of two', '', prop('FN', text('x') + text('ada')), true],
    ['all of two', '', prop('FN', text('x') + text('ada'), ' test="allof"'), false],
    ['any of two properties', '', prop('BDAY') + prop('FN'), true],
    ['all of two properties', ' test="allof"', prop('BDAY') + prop('FN'), false],
    ['a parameter is there', '', prop('EMAIL', param('TYPE')), true],
    ['a parameter is not there', '', prop('EMAIL', param('PREF')), false],
    ['a parameter is not defined', '', prop('EMAIL', param('PREF', UNDEFINED)), true],
    [
      'a parameter has the value',
      '',
      prop('TEL', param('TYPE', text('voice', ' match-type="equals"'))),
      true,
    ],
    [
      'text and parameter of the same property',
      '',
      prop('TEL', text('44 2') + param('TYPE', text('home')), ' test="allof"'),
      true,
    ],
    [
      'not of two properties',
      '',
      prop('TEL', text('44 1') + param('TYPE', text('home')), ' test="allof"'),
      false,
    ],
    ['in a group', '', prop('ITEM1.TEL', text('44 1')), true],
    ['in another group', '', prop('item2.TEL'), false],
    ['in its group only', '', prop('item1.TEL', text('44 2')), false],
  ]
  test.each(rows)('%s', (_name, attributes, inside, expected) => {
    expect(matchesAddressbookFilter(query(`<c:filter${attributes}>${inside}</c:filter>`), ADA)).toBe(expected)
  })

  test('a query without a filter wants all', () => {
    expect(matchesAddressbookFilter(query(''), ADA)).toBe(true)
  })

  test('a card that nobody can read is without properties', () => {
    expect(matchesAddressbookFilter(query(`<c:filter>${prop('FN')}</c:filter>`), Buffer.from('\0\xff'))).toBe(
      false,
    )
  })
})

describe('filters that are refused', () => {
  const rows: [string, string, number, string][] = [
    ['without a name', '<c:prop-filter/>', 400, ''],
    ['a test that does not exist', prop('FN', '', ' test="most"'), 400, ''],
    ['a kind of match that does not exist', prop('FN', text('x', ' match-type="sounds-like"')), 400, ''],
    ['not defined and yet a text', prop('FN', UNDEFINED + text('x')), 400, ''],
    [
      'a collation that does not exist',
      prop('FN', text('x', ' collation="i;klingon"')),
      403,
      '<card:supported-collation/>',
    ],
    [
      'an unknown condition',
      prop('FN', '<c:time-range start="20260101T000000Z"/>'),
      403,
      '<card:supported-filter/>',
    ],
  ]
  test.each(rows)('%s', (_name, inside, status, condition) => {
    let thrown: unknown
    try {
      query(`<c:filter>${inside}</c:filter>`)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Refusal)
    expect(thrown).toMatchObject({ status, condition })
  })
})
