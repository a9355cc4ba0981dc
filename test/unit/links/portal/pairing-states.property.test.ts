/** Pairings under any order of claims, guesses, words of the owner and passing time: what must never be, is not. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPairings, type Pairing, type PairingState } from '../../../../main/links/portal/pairing.ts'
import { makePrintedCode } from '../../../../main/printed-code.ts'
import { realWorld } from '../../../../main/world.ts'
import { worldAt } from '../../replica/fixture.ts'

const DEVICE = { platform: 'android', name: 'Pixel' } as const
const BROWSERS = ['own', 'other'] as const

const step = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), browser: fc.constantFrom(...BROWSERS) }),
  fc.record({ do: fc.constant('guess' as const), address: fc.integer({ min: 1, max: 250 }) }),
  fc.record({ do: fc.constant('confirm' as const), works: fc.boolean() }),
  fc.record({ do: fc.constant('refuse' as const) }),
  fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 6 }) }),
)

/** Where each state may lead; a claim that cannot be stored falls back to where it was. */
const NEXT: Record<PairingState, readonly PairingState[]> = {
  waiting: ['claimed', 'refused', 'expired', 'locked'],
  claimed: ['confirmed', 'paired', 'refused', 'expired'],
  confirmed: ['claimed', 'paired'],
  paired: [],
  refused: [],
  expired: [],
  locked: [],
}

it('one browser at most, never without its owner’s word, never after the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const world = worldAt(1e12)
      const pairings = createPairings(world, () => undefined)
      const pairing = pairings.start()
      const cookies = new Map<string, string>()
      let confirmations = 0
      let wrong = 0
      let state: PairingState = 'waiting'

      const now = (): Pairing => pairings.show(pairing.id)
      for (const one of steps) {
        if (one.do === 'wait') world.set(world.now() + one.minutes * 60_000)
        try {
          if (one.do === 'claim') {
            const { browser } = pairings.claim(pairing.secret, cookies.get(one.browser), DEVICE, one.browser)
            cookies.set(one.browser, browser)
          } else if (one.do === 'guess') {
            if (now().state === 'waiting') wrong++
            pairings.claim(
              makePrintedCode(realWorld.random, { secret: 26, check: 2 }),
              undefined,
              DEVICE,
              `${one.address}`,
            )
          } else if (one.do === 'confirm') {
            await pairings.confirm(pairing.id, async () => {
              if (!one.works) throw new Error('name taken')
              confirmations++
              return { phone: { id: '1', name: 'P', user: 'p' }, wasReset: false, session: 's' }
            })
          } else if (one.do === 'refuse') pairings.refuse(pairing.id)
        } catch {
          // Refused; what that left behind is looked at below.
        }
        const before: PairingState = state
        // From then on it may be forgotten.
        if (world.now() > 1e12 + 3_600_000) return
        state = now().state
        if (state !== before) expect(NEXT[before]).toContain(state)
        expect(cookies.size).toBeLessThanOrEqual(1)
        expect(confirmations).toBe(state === 'paired' ? 1 : 0)
        if (wrong >= 5) expect(state).not.toBe('waiting')
        if (state === 'claimed' || state === 'paired') expect(now().claim?.code).toMatch(/^\d{6}$/)
        if (state === 'waiting' || state === 'claimed') expect(now().expiresAt).toBeGreaterThan(world.now())
      }
    }),
    { numRuns: 300 },
  )
})

it('many addresses together have five guesses', () => {
  const pairings = createPairings(worldAt(1e12), () => undefined)
  const { id, secret } = pairings.start()
  for (let n = 0; n < 5; n++) {
    const guess = makePrintedCode(realWorld.random, { secret: 26, check: 2 })
    expect(() => pairings.claim(guess, undefined, DEVICE, `192.168.1.${n}`)).toThrow('not the code')
  }
  expect(() => pairings.claim(secret, undefined, DEVICE, '192.168.1.99')).toThrow('locked')
  expect(pairings.show(id).state).toBe('locked')
})

it('the owner’s word counts once, also when it is given twice at a time', async () => {
  const pairings = createPairings(worldAt(1e12), () => undefined)
  const { id, secret } = pairings.start()
  pairings.claim(secret, undefined, DEVICE, 'a')
  const pair = async () => ({ phone: { id: '1', name: 'P', user: 'p' }, wasReset: false, session: 's' })
  const both = await Promise.allSettled([pairings.confirm(id, pair), pairings.confirm(id, pair)])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(() => pairings.refuse(id)).toThrow('paired by now')
})

it('check codes of different claims differ', () => {
  const pairings = createPairings(realWorld, () => undefined)
  const codes = Array.from({ length: 10 }, () => {
    const { id, secret } = pairings.start()
    pairings.claim(secret, undefined, DEVICE, 'a')
    const { claim } = pairings.show(id)
    pairings.refuse(id)
    return claim?.code
  })
  expect(new Set(codes).size).toBeGreaterThan(8)
})
