/** The benchmarks' own ground: sums that decide whether a target is reached, and data that is what it claims to be. */
import ExifReader from 'exifreader'
import { describe, expect, it } from 'vitest'
import { growthRow, limitRow, raceRow } from '../bench/bench.ts'
import { makeCard, makePhoto, photoPath } from '../bench/data.ts'
import { inParallel } from '../bench/load.ts'
import { alternate, median, timeProgram } from '../bench/measure.ts'

const figure = (who: string, ...samples: number[]) => ({ who, samples, peakBytes: null })

describe('rows', () => {
  it('a race is won only against the fastest of the others', () => {
    const row = raceRow('work', 's', [figure('us', 1, 1, 9), figure('slow', 60), figure('fast', 29)], 30)
    expect(row).toMatchObject({ reached: false, result: '29.00 times as fast as fast' })
  })

  it('where more is better, the ratio is the other way round', () => {
    expect(raceRow('work', 'MB/s', [figure('us', 400), figure('them', 500)], 0.8).reached).toBe(true)
    expect(raceRow('work', 'MB/s', [figure('us', 399), figure('them', 500)], 0.8).reached).toBe(false)
  })

  it('growth and limits are judged by medians', () => {
    expect(growthRow('work', 'ms', figure('large', 3), figure('small', 1, 2, 30), 1.5).reached).toBe(true)
    expect(growthRow('work', 'ms', figure('large', 3.1), figure('small', 2), 1.5).reached).toBe(false)
    expect(limitRow('work', 'ms', figure('us', 4, 4.9, 99), [], 5).reached).toBe(true)
    expect(limitRow('work', 'ms', figure('us', 5), [], 5).reached).toBe(false)
  })
})

describe('measuring', () => {
  it('takes the middle one, or the mean of the two in the middle', () => {
    expect([median([9, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5])
    expect(() => median([])).toThrow(RangeError)
  })

  it('lets contenders run in turn and keeps the highest peak of each', async () => {
    const order: string[] = []
    const contender = (who: string, peaks: number[]) => async (round: number) => {
      order.push(who)
      return { who, value: round, peakBytes: peaks[round] ?? null }
    }
    const figures = await alternate(2, contender('a', [5, 3]), contender('b', []))
    expect(order).toEqual(['a', 'b', 'a', 'b'])
    expect(figures).toEqual([
      { who: 'a', samples: [0, 1], peakBytes: 5 },
      { who: 'b', samples: [0, 1], peakBytes: null },
    ])
  })

  it.runIf(process.platform === 'linux')('sees the peak memory of a program', async () => {
    const work = 'const bytes = Buffer.alloc(150e6, 1); setTimeout(() => console.log(bytes.length), 100)'
    const { stdout, peakBytes } = await timeProgram(process.execPath, ['--eval', work])
    expect(stdout).toBe('150000000\n')
    expect(peakBytes).toBeGreaterThan(150e6)
    expect(peakBytes).toBeLessThan(400e6)
  })

  it('does not time a program that fails', async () => {
    await expect(timeProgram('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow(/ended with 3:\nwhy/)
  })

  it('keeps to the concurrency and does every task once', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    await inParallel(9, 4, async (n) => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      done.push(n)
    })
    expect(most).toBe(4)
    expect(done.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('data', () => {
  it('cards are 450 bytes, and edits of one differ', () => {
    expect([makeCard(0), makeCard(99_999, 7)].map(({ length }) => length)).toEqual([450, 450])
    expect(makeCard(3)).toEqual(makeCard(3))
    expect(makeCard(3, 1)).not.toEqual(makeCard(3))
  })

  it('photos are JPEGs with the time they were taken, the same each time and unlike each other', () => {
    const photo = makePhoto(12, 50_000)
    const tags = ExifReader.load(photo)
    const [year, month] = photoPath(12).split('/')
    expect(tags['Image Width']?.value).toBe(4000)
    expect(tags.DateTimeOriginal?.description).toMatch(`${year}:${month}:`)
    expect(photo).toEqual(makePhoto(12, 50_000))
    expect(photo.subarray(-10_000)).not.toEqual(makePhoto(13, 50_000).subarray(-10_000))
  })
})
