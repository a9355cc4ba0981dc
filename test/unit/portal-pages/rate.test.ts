/** Pace and time left: nothing is said before it is steady. */
import { describe, expect, it } from 'vitest'
import { createRate } from '../../../renderer/phone/upload/rate.ts'

/** Notes the bytes sent in each second. */
function rateOf(...perSecond: number[]) {
  const rate = createRate()
  let total = 0
  rate.note(0, 0)
  perSecond.forEach((bytes, second) => {
    total += bytes
    rate.note((second + 1) * 1000, total)
  })
  return rate
}

describe('the pace of an upload', () => {
  it('is not known at the start', () => {
    expect(createRate().perSecond()).toBeNull()
    expect(rateOf(1000).perSecond()).toBeNull()
  })

  it('is known after a few seconds, the time left only when it has been steady for longer', () => {
    const young = rateOf(1000, 1000, 1000)
    expect(young.perSecond()).toBe(1000)
    expect(young.secondsFor(5000)).toBeNull()
    expect(rateOf(...Array<number>(10).fill(1000)).secondsFor(5000)).toBe(5)
  })

  it('says no time while the pace jumps', () => {
    expect(rateOf(100, 100, 100, 100, 100, 5000, 5000, 5000, 5000, 5000).secondsFor(1000)).toBeNull()
  })

  it('says no time while nothing moves', () => {
    expect(rateOf(...Array<number>(12).fill(0)).secondsFor(1000)).toBeNull()
  })

  it('goes by the last twenty seconds', () => {
    expect(rateOf(...Array<number>(30).fill(100), ...Array<number>(21).fill(900)).perSecond()).toBe(900)
  })

  it('starts anew after a pause', () => {
    const rate = rateOf(...Array<number>(10).fill(1000))
    rate.reset()
    expect(rate.perSecond()).toBeNull()
    expect(rate.secondsFor(1000)).toBeNull()
  })
})
