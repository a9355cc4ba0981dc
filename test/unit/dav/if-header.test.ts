/** The grammar of the If header, with the examples of RFC 4918, 10.4. */
import { describe, expect, it } from 'vitest'
import { type Condition, ifHolds, parseIf, submittedTokens } from '../../../main/links/dav/if-header.ts'
import { Refusal } from '../../../main/links/dav/refusal.ts'

const token = (value: string, not = false): Condition => ({ not, kind: 'token', value })
const etag = (value: string, not = false): Condition => ({ not, kind: 'etag', value })

describe('reading', () => {
  it.each([
    ['(<urn:a>)', [{ resource: null, conditions: [token('urn:a')] }]],
    [
      '(<urn:a> ["I am an ETag"]) (["another"])',
      [
        { resource: null, conditions: [token('urn:a'), etag('"I am an ETag"')] },
        { resource: null, conditions: [etag('"another"')] },
      ],
    ],
    ['(Not <urn:a> <urn:b>)', [{ resource: null, conditions: [token('urn:a', true), token('urn:b')] }]],
    [
      '(<urn:a>)\t(not <DAV:no-lock>)',
      [
        { resource: null, conditions: [token('urn:a')] },
        { resource: null, conditions: [token('DAV:no-lock', true)] },
      ],
    ],
    [
      '</a>(<urn:a>[W/"weak (tag]"]) <http://h/b>(["strong"])(["x"])',
      [
        { resource: '/a', conditions: [token('urn:a'), etag('W/"weak (tag]"')] },
        { resource: 'http://h/b', conditions: [etag('"strong"')] },
        { resource: 'http://h/b', conditions: [etag('"x"')] },
      ],
    ],
  ])('%s', (header, lists) => {
    expect(parseIf(header)).toEqual(lists)
  })

  it.each([
    '',
    '()',
    '(<urn:a>',
    'urn:a',
    '(urn:a)',
    '(["no end)',
    '</a>',
    '</a></b>(<urn:a>)',
    '(<urn:a>) </b>(<urn:b>)',
    '(Not)',
    '([no-quotes])',
  ])('refuses %s', (header) => {
    expect(() => parseIf(header)).toThrow(Refusal)
  })
})

describe('judging', () => {
  const holds = (header: string, ...facts: string[]) =>
    ifHolds(parseIf(header), ({ value }, resource) => facts.includes(`${resource ?? ''}${value}`))

  it('needs one list whose conditions all hold', () => {
    expect(holds('(<urn:a> ["1"])', 'urn:a', '"1"')).toBe(true)
    expect(holds('(<urn:a> ["1"])', 'urn:a')).toBe(false)
    expect(holds('(<urn:a> ["1"]) (["2"])', '"2"')).toBe(true)
    expect(holds('(<urn:a>) (Not <DAV:no-lock>)')).toBe(true)
    expect(holds('(Not <urn:a>)', 'urn:a')).toBe(false)
  })

  it('asks about the tagged resource', () => {
    expect(holds('</a>(["1"])', '/a"1"')).toBe(true)
    expect(holds('</a>(["1"])', '"1"')).toBe(false)
  })

  it('counts every token as submitted, in whatever list', () => {
    expect(submittedTokens(parseIf('(<urn:a> ["1"]) (Not <urn:b>)'))).toEqual(new Set(['urn:a', 'urn:b']))
  })
})
