/** What the pages say: amounts, spans of time, addresses of screens, and which phone it is. */
import { describe, expect, it } from 'vitest'
import { readDevice, readPlatform } from '../../../renderer/phone/device.ts'
import { formatBytes, formatDay, formatMoment } from '../../../renderer/phone/format.ts'
import { isPhotoOrFilm } from '../../../renderer/phone/photos/accept.ts'
import { readRoute } from '../../../renderer/phone/routes.ts'
import { words } from '../../../renderer/phone/words.ts'

describe('amounts', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1500, '1.5 kB'],
    [999_999_999, '1,000 MB'],
    [61_200_000_000, '61 GB'],
  ])('%i bytes are “%s”', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('one is one, and thousands have a comma', () => {
    expect(words.kinds.contacts(1)).toBe('1 contact')
    expect(words.kinds.contacts(1204)).toBe('1,204 contacts')
  })
})

describe('time left', () => {
  it.each([
    [0, 'less than a minute left'],
    [59, 'less than a minute left'],
    [61, 'about 2 minutes left'],
    [3540, 'about 59 minutes left'],
    [3541, 'about 1 h left'],
    [3700, 'about 1 h 10 min left'],
    [7200, 'about 2 h left'],
    [100_000, 'about 27 h 50 min left'],
  ])('%i seconds are “%s”', (seconds, text) => expect(words.left(seconds)).toBe(text))
})

describe('moments', () => {
  const now = new Date(2026, 10, 23, 14, 0).getTime()

  it('today needs no date, this year no year', () => {
    expect(formatMoment(new Date(2026, 10, 23, 9, 5).getTime(), now)).toBe('09:05')
    expect(formatMoment(new Date(2026, 2, 1, 9, 5).getTime(), now)).toBe('1 March, 09:05')
    expect(formatDay(new Date(2024, 2, 1).getTime(), now)).toBe('1 March 2024')
  })
})

describe('addresses', () => {
  it.each([
    ['', { screen: 'home' }],
    ['#nonsense', { screen: 'home' }],
    ['#photos', { screen: 'photos' }],
    ['#pair', { screen: 'pair', secret: null }],
    ['#pair=', { screen: 'pair', secret: null }],
    ['#pair=8X8QTT8W', { screen: 'pair', secret: '8X8QTT8W' }],
    ['#pair=%E0%A4', { screen: 'pair', secret: '%E0%A4' }],
    ['#allow=a%20b', { screen: 'allow', token: 'a b' }],
    ['#allow', { screen: 'home' }],
  ])('%s', (hash, route) => expect(readRoute(hash)).toEqual(route))
})

describe('phones', () => {
  const pixel = 'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UP1A) AppleWebKit/537.36'
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15'
  const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15'

  it.each([
    [pixel, 5, 'android'],
    [iphone, 5, 'iphone'],
    [mac, 5, 'iphone'],
    [mac, 0, 'other'],
  ])('%s with %i fingers is %s', (userAgent, maxTouchPoints, platform) => {
    expect(readPlatform({ userAgent, maxTouchPoints })).toBe(platform)
  })

  it('are named by their model, as far as the browser tells', async () => {
    const reduced = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36'
    const told = { getHighEntropyValues: async () => ({ model: 'Pixel 9' }) }
    expect(await readDevice({ userAgent: pixel, maxTouchPoints: 5 })).toBe('Pixel 8')
    expect(await readDevice({ userAgent: iphone, maxTouchPoints: 5 })).toBe('iPhone')
    expect(await readDevice({ userAgent: reduced, maxTouchPoints: 5 })).toBe('')
    expect(await readDevice({ userAgent: reduced, maxTouchPoints: 5, userAgentData: told })).toBe('Pixel 9')
  })
})

describe('photos and films', () => {
  it.each([
    ['IMG_1.HEIC', '', true],
    ['IMG_1.dng', '', true],
    ['photo', 'image/jpeg', true],
    ['notes.pdf', 'application/pdf', false],
    ['heic', '', false],
  ])('%s (%s): %s', (name, type, is) => expect(isPhotoOrFilm({ name, type })).toBe(is))
})
