/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en')

/** `1 contact`, `1,204 contacts`. */
export function counted(n: number, singular: string, plural = `${singular}s`): string {
  return `${whole.format(n)} ${n === 1 ? singular : plural}`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** Decimal units, as disks are sold: `3.4 MB`. */
export function bytes(n: number): string {
  let unit = 0
  let value = n
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  const text = unit === 0 || value >= 100 ? whole.format(Math.round(value)) : value.toFixed(1)
  return `${text} ${UNITS[unit]}`
}

/** `0.4 s`, `12 s`, `3 min`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Date and time in this computer's zone and the person's language. */
export function moment(time: number | string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
    typeof time === 'string' ? Date.parse(time) : time,
  )
}
