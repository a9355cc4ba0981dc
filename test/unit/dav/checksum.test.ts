import { expect, it } from 'vitest'
import { createDigest } from '../../../main/links/dav/checksum.ts'

it.each([
  ['ADLER32', 'Wikipedia', '11e60398'],
  ['ADLER32', '', '00000001'],
  ['MD5', 'abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
] as const)('%s of %j', (kind, text, value) => {
  const digest = createDigest(kind)
  digest.update(Buffer.from(text))
  expect(digest.value()).toBe(value)
})

it('Adler-32 is exact over long runs of the largest bytes', () => {
  const digest = createDigest('ADLER32')
  for (let n = 0; n < 16; n++) digest.update(Buffer.alloc(65_537, 255))
  const [length, prime] = [16n * 65_537n, 65_521n]
  const low = (1n + 255n * length) % prime
  const high = (length + (255n * length * (length + 1n)) / 2n) % prime
  expect(digest.value()).toBe(((high << 16n) | low).toString(16).padStart(8, '0'))
})
