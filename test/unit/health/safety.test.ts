/** "Am I safe?" from evidence: each thing that is not known or not right keeps it from being said. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Evidence, judge, type KindEvidence } from '../../../main/health/safety.ts'
import { safetySchema } from '../../../preload/safety.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 23, 9, 30)

const kind = (change: Partial<KindEvidence> = {}): KindEvidence => ({
  ...{ kind: 'contacts', heardAt: NOW - HOUR, here: 412, newer: 0, held: 0 },
  ...change,
})

function evidence(change: Partial<Evidence> = {}, ...kinds: Partial<KindEvidence>[]): Evidence {
  return {
    now: NOW,
    phones: [{ id: 'p', name: 'Pixel 8', kinds: kinds.length > 0 ? kinds.map(kind) : [kind()] }],
    backedUpAt: NOW - HOUR / 2,
    check: { at: NOW - DAY, isWhole: true },
    plan: { dueAt: NOW + HOUR / 2 },
    ...change,
  }
}

test('all that the phone told is in a backup, and backups were read back: safe', () => {
  const safety = judge(evidence())
  expect(safety).toMatchObject({ state: 'safe', safeAt: NOW - HOUR, checkedAt: NOW - DAY, reasons: [] })
  expect(safetySchema.parse(safety)).toEqual(safety)
})

test('what came after the backup is safe up to the backup', () => {
  const late = judge(evidence({}, { heardAt: NOW - 60_000, newer: 3 }))
  expect(late).toMatchObject({ state: 'safe', safeAt: NOW - HOUR / 2 })
  expect(late.phones[0]?.kinds[0]).toMatchObject({ newer: 3, safeAt: NOW - HOUR / 2 })
})

test('the whole is as old as its oldest part, and what never came is no part of it', () => {
  const { state, safeAt, phones } = judge(
    evidence(
      {},
      { heardAt: NOW - 2 * DAY },
      { kind: 'calendar' },
      { kind: 'photos', heardAt: null, here: 0 },
    ),
  )
  expect([state, safeAt]).toEqual(['safe', NOW - 2 * DAY])
  expect(phones[0]?.kinds.map((one) => one.state)).toEqual(['safe', 'safe', 'empty'])
})

describe('not safe', () => {
  test.each<[string, Evidence, string, string]>([
    ['no phone', evidence({ phones: [] }), 'empty', 'no-phone'],
    ['nothing came yet', evidence({}, { heardAt: null, here: 0 }), 'attention', 'nothing-came'],
    ['nothing heard for eight days', evidence({}, { heardAt: NOW - 8 * DAY }), 'attention', 'silent'],
    ['something here, and nothing ever heard', evidence({}, { heardAt: null }), 'attention', 'silent'],
    ['no backup', evidence({ backedUpAt: null }), 'danger', 'no-backup'],
    ['a backup due since yesterday', evidence({ plan: { dueAt: NOW - DAY } }), 'attention', 'overdue'],
    ['a backup due for four days', evidence({ plan: { dueAt: NOW - 4 * DAY } }), 'danger', 'overdue'],
    ['no automatic backups', evidence({ plan: null }), 'attention', 'automatic-off'],
    ['never read back', evidence({ check: null }), 'attention', 'never-checked'],
    [
      'read back long ago',
      evidence({ check: { at: NOW - 31 * DAY, isWhole: true } }),
      'attention',
      'check-old',
    ],
    ['damage', evidence({ check: { at: NOW, isWhole: false } }), 'danger', 'damaged'],
    ['deletions held back', evidence({}, { held: 60 }), 'attention', 'deletions-held'],
  ])('%s', (_, given, state, code) => {
    const safety = judge(given)
    expect(safety.state).toBe(state)
    expect(safety.reasons.map((reason) => reason.code)).toContain(code)
  })
})

test('the worst is told first', () => {
  const { reasons } = judge(evidence({ plan: null, check: { at: NOW, isWhole: false } }, { held: 3 }))
  expect(reasons.map(({ state }) => state)).toEqual(['danger', 'attention', 'attention'])
})

const time = fc.option(fc.integer({ min: 0, max: 40 }).map((days) => NOW - days * DAY))
const anyKind = fc.record({
  kind: fc.constantFrom('contacts', 'calendar', 'photos'),
  heardAt: time,
  here: fc.nat(2),
  newer: fc.nat(2),
  held: fc.nat(1),
})

test('safe is never said of what is not known, nor without a reason what else', () => {
  const any = fc.record({
    kinds: fc.array(anyKind, { minLength: 1, maxLength: 3 }),
    backedUpAt: time,
    check: fc.option(fc.record({ at: fc.constant(NOW), isWhole: fc.boolean() })),
    plan: fc.option(fc.record({ dueAt: fc.constantFrom(NOW + HOUR, NOW - 10 * DAY) })),
  })
  fc.assert(
    fc.property(any, ({ kinds, ...rest }) => {
      const safety = judge({
        now: NOW,
        phones: [{ id: 'p', name: 'P', kinds: kinds as KindEvidence[] }],
        ...rest,
      })
      expect(safety.reasons.length > 0).toBe(safety.state !== 'safe')
      if (safety.state !== 'safe') return
      const told = kinds.filter(({ heardAt, here }) => heardAt !== null || here > 0)
      expect(told.length).toBeGreaterThan(0)
      expect(
        told.every(({ heardAt, held }) => heardAt !== null && NOW - heardAt <= 7 * DAY && held === 0),
      ).toBe(true)
      expect([rest.backedUpAt !== null, rest.check?.isWhole, rest.plan?.dueAt]).toEqual([
        true,
        true,
        NOW + HOUR,
      ])
    }),
    { numRuns: 2000 },
  )
})
