/** Forget policies: the reference's vector, and the rules that the vector does not reach. */

import { describe, expect, it } from 'vitest'
import { groupSnapshots, LAST_OF_GROUP, type Weighable, weigh } from '../../../main/vault/retention.ts'
import type { RetentionPolicy } from '../../../preload/retention-policy.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

function snapshotAt(time: string, more: Partial<Weighable> = {}): Weighable {
  return { id: time, time, hostname: 'pc', paths: ['/'], ...more }
}

// Section 13 of the format's reference, as restic 0.19.1 decides.
const VECTOR = [
  '2025-12-27T10:00:00+01:00',
  '2025-12-28T10:00:00+01:00',
  '2025-12-29T10:00:00+01:00',
  '2025-12-31T23:30:00+01:00',
  '2026-01-01T00:30:00+01:00',
  '2026-01-01T23:30:00-05:00',
  '2026-01-02T04:45:00Z',
  '2026-01-02T12:00:00+01:00',
  '2026-01-04T09:00:00+01:00',
  '2026-01-04T18:00:00+01:00',
  '2026-01-05T08:00:00+01:00',
].map((time) => snapshotAt(time, time.startsWith('2026-01-04T09') ? { tags: ['a', 'b'] } : {}))

function kept(policy: RetentionPolicy, snapshots = VECTOR): string[] {
  return weigh(snapshots, policy, NOW).flatMap(({ keep }) => keep.map(({ snapshot }) => snapshot.time))
}

function reasonsOf(policy: RetentionPolicy, time: string): string[] | undefined {
  const all = weigh(VECTOR, policy, NOW).flatMap(({ keep }) => keep)
  return all.find(({ snapshot }) => snapshot.time === time)?.reasons
}

describe('the vector of the reference', () => {
  const cases: [name: string, policy: RetentionPolicy, kept: string[]][] = [
    ['daily 3', { daily: 3 }, ['01-05T08', '01-04T18', '01-02T12']],
    [
      'daily 30',
      { daily: 30 },
      ['01-05T08', '01-04T18', '01-02T12', '01-01T23', '12-31T23', '12-29', '12-28', '12-27'],
    ],
    ['weekly 2', { weekly: 2 }, ['01-05T08', '01-04T18']],
    ['monthly 3', { monthly: 3 }, ['01-05T08', '12-31T23', '12-27']],
    ['hourly 2', { hourly: 2 }, ['01-05T08', '01-04T18']],
    ['within 3d', { within: '3d' }, ['01-05T08', '01-04T18', '01-04T09', '01-02T12']],
    ['within-daily 4d', { withinDaily: '4d' }, ['01-05T08', '01-04T18', '01-02T12', '01-01T23']],
    ['tag a', { tags: [['a']] }, ['01-04T09']],
    ['daily 2 + yearly 2', { daily: 2, yearly: 2 }, ['01-05T08', '01-04T18', '12-31T23']],
  ]
  it.each(cases)('%s', (_, policy, expected) => {
    const times = kept(policy)
    expect(times).toHaveLength(expected.length)
    for (const [at, time] of times.entries()) expect(time.slice(5).startsWith(expected[at]!)).toBe(true)
  })
})

describe('reasons', () => {
  it('names every rule that keeps a snapshot', () => {
    expect(reasonsOf({ last: 1, daily: 2, within: '36h' }, '2026-01-05T08:00:00+01:00')).toEqual([
      'within 36h',
      'last snapshot',
      'daily snapshot',
    ])
    expect(reasonsOf({ tags: [['a', 'b'], ['']] }, '2026-01-04T09:00:00+01:00')).toEqual(['has tags [a, b]'])
  })

  it('tells when the oldest is kept because counts were left', () => {
    expect(reasonsOf({ monthly: 3 }, '2025-12-27T10:00:00+01:00')).toEqual(['oldest monthly snapshot'])
  })

  it('tells the span of a calendar rule that is bound to one', () => {
    expect(reasonsOf({ withinWeekly: '1m' }, '2026-01-04T18:00:00+01:00')).toEqual(['weekly within 1m'])
  })
})

describe('limits', () => {
  it('keeps everything of a kind with -1', () => {
    expect(kept({ last: -1 })).toHaveLength(VECTOR.length)
    expect(kept({ daily: -1 })).toEqual(kept({ daily: 30 }))
  })

  it('refuses a policy that is empty, by absence, by zero or by an empty span', () => {
    for (const policy of [{}, { daily: 0 }, { within: '0d' }, { tags: [] }]) {
      expect(() => weigh(VECTOR, policy, NOW)).toThrow(/would keep no snapshot/)
    }
  })

  it('refuses what is no policy', () => {
    for (const policy of [{ daily: -2 }, { within: '3 days' }, { within: '' }, { tags: [[]] }]) {
      expect(() => weigh(VECTOR, policy, NOW)).toThrow(/not valid/)
    }
  })

  it('never removes the last snapshot of a group', () => {
    const [verdict] = weigh(VECTOR, { tags: [['nobody has this']] }, NOW)
    expect(verdict?.keep).toEqual([{ snapshot: VECTOR.at(-1), reasons: [LAST_OF_GROUP] }])
    expect(verdict?.remove).toHaveLength(VECTOR.length - 1)
  })

  it('loses no snapshot between keep and remove', () => {
    const [verdict] = weigh(VECTOR, { daily: 3, tags: [['a']] }, NOW)
    const ids = [...verdict!.keep.map(({ snapshot }) => snapshot.id), ...verdict!.remove.map(({ id }) => id)]
    expect(ids.toSorted()).toEqual(VECTOR.map(({ id }) => id).toSorted())
  })

  it('names a snapshot whose time cannot be read, and keeps its hands off', () => {
    expect(() => weigh([snapshotAt('yesterday')], { last: 1 }, NOW)).toThrow(/cannot be read: yesterday/)
  })
})

describe('spans', () => {
  it('start at the newest snapshot that is not in the future', () => {
    const times = ['2031-01-01T00:00:00Z', '2026-06-10T12:00:00Z', '2026-06-09T12:00:00Z']
    const snapshots = times.map((time) => snapshotAt(time))
    expect(kept({ within: '1d' }, snapshots)).toEqual(times.slice(0, 2))
  })

  it('keep everything when every snapshot is in the future', () => {
    const times = ['2032-01-01T00:00:00Z', '2031-01-01T00:00:00Z']
    expect(
      kept(
        { within: '1d' },
        times.map((time) => snapshotAt(time)),
      ),
    ).toEqual(times)
  })

  it('count months by the calendar and tell nanoseconds apart', () => {
    const times = ['2026-03-31T00:00:00Z', '2026-03-03T00:00:00.000000001Z', '2026-03-03T00:00:00Z']
    expect(
      kept(
        { within: '1m' },
        times.map((time) => snapshotAt(time)),
      ),
    ).toEqual(times.slice(0, 2))
  })
})

describe('groups', () => {
  const snapshots = [
    snapshotAt('2026-01-01T00:00:00Z', { paths: ['/b', '/a'] }),
    snapshotAt('2026-01-02T00:00:00Z', { paths: ['/a', '/b'], tags: ['x'] }),
    snapshotAt('2026-01-03T00:00:00Z', { hostname: 'laptop' }),
  ]

  it('are host and paths unless told, in whatever order the paths are', () => {
    expect(kept({ last: 1 }, snapshots)).toEqual(['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'])
  })

  it('can be tags, or one of all', () => {
    expect(groupSnapshots(snapshots, ['tags']).map((group) => group.length)).toEqual([2, 1])
    expect(groupSnapshots(snapshots, [])).toHaveLength(1)
  })
})
