/** Locks cover what they should, stand against each other as they should, and end in time. */
import { expect, it } from 'vitest'
import { createLocks, type LockRequest } from '../../../main/links/dav/locks.ts'
import type { Phone } from '../../../main/replica/phones.ts'

const ada: Phone = { id: 'a', name: 'Ada', user: 'ada', platform: 'other', addedAt: 0, removedAt: null }
const bob: Phone = { ...ada, id: 'b', user: 'bob' }

function setUp() {
  let now = 0
  let n = 0
  const locks = createLocks({
    now: () => now,
    random: (length) => Buffer.from(String(++n).padStart(length, '0')),
  })
  const ask = (root: string, more: Partial<LockRequest> = {}): LockRequest => {
    return { root, deep: true, exclusive: true, owner: '', seconds: 60, ...more }
  }
  return { locks, ask, pass: (seconds: number) => (now += seconds * 1000) }
}

it('a deep lock covers all below it, a shallow one only its root', () => {
  const { locks, ask } = setUp()
  const deep = locks.grant(ada, ask('/a'))
  const shallow = locks.grant(ada, ask('/b', { deep: false }))
  expect(locks.covering(ada, '/a/x/y')).toEqual([deep])
  expect(locks.covering(ada, '/ab')).toEqual([])
  expect(locks.covering(ada, '/b')).toEqual([shallow])
  expect(locks.covering(ada, '/b/x')).toEqual([])
  expect(locks.below(ada, '')).toEqual([deep, shallow])
})

it('an exclusive lock stands alone; shared ones go together', () => {
  const { locks, ask } = setUp()
  locks.grant(ada, ask('/a', { exclusive: false }))
  locks.grant(ada, ask('/a', { exclusive: false }))
  expect(() => locks.grant(ada, ask('/a'))).toThrow('423')
  expect(() => locks.grant(ada, ask('/a/x'))).toThrow('423')
  expect(() => locks.grant(ada, ask(''))).toThrow('423')
  expect(() => locks.grant(ada, ask('', { deep: false }))).not.toThrow()
})

it('a lock ends in time unless it is refreshed', () => {
  const { locks, ask, pass } = setUp()
  const first = locks.grant(ada, ask('/a'))
  const second = locks.grant(ada, ask('/b'))
  pass(59)
  locks.refresh(ada, second, 60)
  pass(1)
  expect(locks.covering(ada, '/a')).toEqual([])
  expect(locks.covering(ada, '/b')).toHaveLength(1)
  expect(first.token).not.toBe(second.token)
})

it('one phone does not lock out another', () => {
  const { locks, ask } = setUp()
  const { token } = locks.grant(ada, ask('/a'))
  locks.release(bob, token)
  expect(locks.covering(bob, '/a')).toEqual([])
  expect(locks.covering(ada, '/a')).toHaveLength(1)
})

it('what is deleted takes its locks along', () => {
  const { locks, ask } = setUp()
  locks.grant(ada, ask('/a/x'))
  locks.grant(ada, ask('/ab'))
  locks.releaseAll(ada, '/a')
  expect(locks.below(ada, '').map(({ root }) => root)).toEqual(['/ab'])
})

it('a phone cannot fill the memory with locks', () => {
  const { locks, ask } = setUp()
  for (let n = 0; n < 1000; n++) locks.grant(ada, ask(`/${n}`))
  expect(() => locks.grant(ada, ask('/more'))).toThrow('503')
})
