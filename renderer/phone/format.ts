/** Numbers, sizes, moments and spans of time as the words around them are written. */

/** The language of `words.ts`. */
const LANGUAGE = 'en-GB'

const numbers = new Intl.NumberFormat(LANGUAGE)

export function formatCount(count: number): string {
  return numbers.format(count)
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** Powers of a thousand, as phones show them. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1)
  const value = bytes / 1000 ** power
  const maximumFractionDigits = power > 0 && value < 10 ? 1 : 0
  return new Intl.NumberFormat(LANGUAGE, {
    style: 'unit',
    unit: UNITS[power]!,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits,
  }).format(value)
}

export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** Today as a time, this year without the year. @param at, now milliseconds since 1970 */
export function formatMoment(at: number, now: number): string {
  const [day, today] = [new Date(at), new Date(now)]
  const time = day.toLocaleTimeString(LANGUAGE, { hour: '2-digit', minute: '2-digit' })
  if (day.toDateString() === today.toDateString()) return time
  return `${formatDay(at, now)}, ${time}`
}

/** @param at, now milliseconds since 1970 */
export function formatDay(at: number, now: number): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return new Date(at).toLocaleDateString(LANGUAGE, {
    day: 'numeric',
    month: 'long',
    ...(!sameYear && { year: 'numeric' }),
  })
}
