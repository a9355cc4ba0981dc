/** Sync tokens name a state of one collection in one history, and are refused for any other. */
import { expect, it } from 'vitest'
import { readToken, tokenAt } from '../../../main/links/dav/sync-token.ts'
import type { Collection } from '../../../main/replica/collections.ts'

const book: Collection = {
  id: 7,
  phoneId: 'p',
  kind: 'contacts',
  name: 'contacts',
  origin: 'ours',
  displayName: 'Contacts',
  components: [],
  madeSeq: 10,
  forgottenSeq: 0,
}
const replica = { epoch: 'abc123', lastSeq: () => 100 }

it('a token is a URI, and is read as it was written', () => {
  const token = tokenAt(replica, book, 42)
  expect(token).toMatch(/^data:,[\w]+$/)
  expect(readToken(replica, book, token)).toBe(42)
})

it.each([
  ['of another history', { ...replica, epoch: 'def' }, book, 42],
  ['of another collection', replica, { ...book, id: 8 }, 42],
  ['from before the collection was made', replica, book, 9],
  ['from the future', replica, book, 101],
])('one %s is refused', (_what, history, collection, seq) => {
  expect(readToken(replica, book, tokenAt(history, collection, seq))).toBeNull()
})

it.each([
  '',
  'data:,',
  'data:,abc123_7_42',
  'data:,abc123_7_42_0 ',
  'data:,abc123_7_-1_0',
  'http://x/42',
  'data:,abc123_7_9999999999999999_0',
])('%j is refused', (token) => {
  expect(readToken(replica, book, token)).toBeNull()
})

it('one from before a forgotten deletion is refused, one from after it is good', () => {
  const later = { ...book, forgottenSeq: 50 }
  expect(readToken(replica, later, tokenAt(replica, book, 49))).toBeNull()
  expect(readToken(replica, later, tokenAt(replica, book, 50))).toBe(50)
})

it('one for the first part of a long list is good, though all deletions before it are forgotten', () => {
  const later = { ...book, forgottenSeq: 50 }
  expect(readToken(replica, later, tokenAt(replica, later, 20))).toBe(20)
})
