/** Paths are decoded once, and what could lead elsewhere is refused. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hrefOf, hrefOfFolder, parseHref, parsePath } from '../../../main/links/dav/path.ts'

const status = (target: string) => {
  try {
    parsePath(target)
    return 200
  } catch (error) {
    return (error as { status: number }).status
  }
}

it.each([
  ['/', []],
  ['/dav/a%20b/', ['dav', 'a b']],
  ['//dav//x', ['dav', 'x']],
  ['/a?b=c', ['a']],
  ['/100%25%2541', ['100%%41']],
  ['/%C3%A9/\xc3\xa9', ['é', 'é']],
  ['/a;b:c@d&e=f+g,h', ['a;b:c@d&e=f+g,h']],
])('%s is understood', (target, segments) => {
  expect(parsePath(target)).toEqual(segments)
})

it.each([
  ['a', 400],
  ['/a%2Fb', 400],
  ['/..', 400],
  ['/a/%2e%2E/b', 400],
  ['/.', 400],
  ['/a%00', 400],
  ['/a%0A', 400],
  ['/a%7F', 400],
  ['/%', 400],
  ['/%FF', 400],
  ['/a#b', 400],
  [`/${'x'.repeat(256)}`, 414],
  [`/${'x/'.repeat(2100)}`, 414],
])('%s is refused', (target, expected) => {
  expect(status(target)).toBe(expected)
})

it('an href may be a path or a URL of this server, and of no other', () => {
  expect(parseHref('/a/b', 'h:1')).toEqual(['a', 'b'])
  expect(parseHref(' http://H:1/a%20b ', 'h:1')).toEqual(['a b'])
  expect(parseHref('https://h:1', 'h:1')).toEqual([])
  expect(() => parseHref('http://other/a', 'h:1')).toThrow('502')
  expect(() => parseHref('a/b', 'h:1')).toThrow('400')
})

it('what is written is read again as it was', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(
      (text) =>
        !/[/\p{Cc}\p{Cs}]/u.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) < 256,
    )
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), (segments) => {
      expect(parsePath(hrefOf(segments))).toEqual(segments)
      expect(parsePath(hrefOfFolder(segments))).toEqual(segments)
      expect(hrefOf(segments)).toMatch(/^[\w/%.~!*'()-]*$/)
    }),
  )
})
