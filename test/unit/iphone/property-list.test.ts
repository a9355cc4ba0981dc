/** Property lists in XML, as the library that writes them has them, and what is none. */
import fc from 'fast-check'
import { build, type PlistValue } from 'plist'
import { expect, it, vi } from 'vitest'
import { readPropertyList } from '../../../main/links/iphone/property-list.ts'

const read = (text: string) => readPropertyList(Buffer.from(text))

const text = fc.string({ unit: fc.constantFrom('a', 'ß', '😀', '<', '&', ']', '>', ' ', '"', "'") })
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 4e9 }).map((seconds) => new Date(seconds * 1000)),
)
const { list } = fc.letrec<{ list: PlistValue }>((tie) => ({
  list: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('list')), fc.dictionary(text, tie('list'))),
}))

it('are read as they were written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'toString'), list), (value) => {
      const expected = JSON.stringify(value)
      expect(JSON.stringify(read(build(value as PlistValue, { pretty: false })))).toBe(expected)
    }),
    { numRuns: 200 },
  )
})

it.each([
  '',
  'no list at all',
  '<plist version="1.0"></plist>',
  '<plist version="1.0"><dict><string>without a key</string></dict></plist>',
  '<plist version="1.0"><key>alone</key></plist>',
  '<plist version="1.0"><dict><key>cut',
  '<plist version="1.0"><date>some day</date></plist>',
  '<plist version="1.0"><integer>many</integer></plist>',
  '<plist version="1.0"><other/></plist>',
  '<!DOCTYPE p [<!ENTITY a "aaaa">]><plist version="1.0"><string>&a;</string></plist>',
])('are refused without a word on the console when they are none: %s', (words) => {
  const said = ['log', 'warn', 'error'].map((name) => vi.spyOn(console, name as 'log'))
  expect(() => read(words)).toThrow(Error)
  for (const one of said) expect(one).not.toHaveBeenCalled()
})
