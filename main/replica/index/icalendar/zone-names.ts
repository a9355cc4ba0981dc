/** Zones by the names that calendars give them: IANA, Windows and Exchange, and what various programs make of both. */
import { WINDOWS_ZONES } from './windows-zones.ts'
import { fixedZone, startOfYear, UTC, yearlyZone, type Zone, type ZoneYear } from './zone.ts'

/** The zone of the IANA database with exactly this name, such as `Europe/Berlin`. */
export const ianaZone = remembering(findIanaZone)

/** The zone that a name most likely means; undefined when nobody can tell. */
export const zoneNamed = remembering(findZone)

// Names come from files, so there may be any number of them.
const MOST_NAMES = 2000

function remembering(find: (name: string) => Zone | undefined): (name: string) => Zone | undefined {
  const known = new Map<string, Zone | undefined>()
  return (name) => {
    if (!known.has(name)) {
      if (known.size >= MOST_NAMES) known.clear()
      // A copy: a name cut out of a text would keep the whole text in memory.
      const copy = Buffer.from(name).toString()
      known.set(copy, copy.length > 200 ? undefined : find(copy.trim()))
    }
    return known.get(name)
  }
}

function findZone(name: string): Zone | undefined {
  return (
    ianaZone(name) ??
    windowsZone(name) ??
    pathZone(name) ??
    displayedZone(name) ??
    offsetZone(name) ??
    firstDefined(name.split(/[,;&/]/), cityZone)
  )
}

const HOUR = 3_600_000

function findIanaZone(name: string): Zone | undefined {
  if (/^(?:UTC|GMT|Z|Etc\/UTC|Etc\/GMT)$/i.test(name)) return UTC
  // Intl would take offsets such as `+02:00` too.
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    return intlZone(new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }))
  } catch {
    return undefined
  }
}

// Morocco suspends summer time for Ramadan; steps of a month could jump over that.
const STEPS = 24

/** Intl tells offsets but not when they change, so changes are searched for in steps. */
function intlZone(format: Intl.DateTimeFormat): Zone {
  const offsetAt = (moment: number) => {
    const parts = format.formatToParts(moment)
    return parseOffset(parts.find((part) => part.type === 'timeZoneName')?.value ?? '') ?? 0
  }
  return yearlyZone((year) => {
    const start = startOfYear(year)
    const length = (startOfYear(year + 1) - start) / STEPS
    const initial = offsetAt(start)
    const changes: ZoneYear['changes'] = []
    let before = initial
    for (let step = 1; step <= STEPS; step++) {
      const to = start + step * length
      const offset = offsetAt(to)
      if (offset !== before) changes.push({ at: findChange(offsetAt, to - length, to), offset })
      before = offset
    }
    return { initial, changes }
  })
}

// Zones change on whole minutes.
function findChange(offsetAt: (moment: number) => number, from: number, to: number): number {
  const before = offsetAt(from)
  let low = Math.floor(from / 60_000)
  let high = Math.ceil(to / 60_000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * 60_000) === before) low = middle
    else high = middle
  }
  return high * 60_000
}

function parseOffset(text: string): number | undefined {
  if (/^(?:GMT|UTC)$/.test(text)) return 0
  const [, sign, hours, minutes = '0', seconds = '0'] =
    /^(?:GMT|UTC)? ?([+-])(\d{1,2})(?:[:.]?(\d\d)(?::?(\d\d))?)?(?![\d:])/i.exec(text) ?? []
  if (hours === undefined) return undefined
  const size = Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1000
  return sign === '-' ? -size : size
}

function windowsZone(name: string): Zone | undefined {
  const iana = WINDOWS_ZONES.get(name.toLowerCase())
  return iana === undefined ? undefined : ianaZone(iana)
}

// `/mozilla.org/20070129_1/Europe/Berlin`, `Europe_Berlin`, `TZID=Europe/Berlin`.
function pathZone(name: string): Zone | undefined {
  const parts = name
    .replace(/^TZID=/i, '')
    .split(/[/\\]/)
    .filter((part) => part !== '')
  const tails = [parts.slice(-3), parts.slice(-2), parts.slice(-1)].map((tail) => tail.join('/'))
  return firstDefined([...tails, name.replace('_', '/')], ianaZone)
}

// `(UTC-05:00) Eastern Time (US & Canada)`, `(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna`.
function displayedZone(name: string): Zone | undefined {
  const [, offset, label] = /^\(((?:GMT|UTC)[^)]*)\)\s*(.+)$/i.exec(name) ?? []
  if (offset === undefined || label === undefined) return undefined
  const [region] = /^[\w\s.]+? Time(?= \(|$)/.exec(label) ?? []
  return (
    (region && windowsZone(region.replace(/ Time$/, ' Standard Time'))) ||
    firstDefined(label.split(','), cityZone) ||
    offsetZone(offset)
  )
}

// The offset alone knows nothing of summer time; an hour off is still nearer than a day.
function offsetZone(name: string): Zone | undefined {
  const offset = parseOffset(name.replace(/^\(/, ''))
  return offset === undefined ? undefined : fixedZone(offset)
}

let cities: Map<string, string> | undefined

function cityZone(city: string): Zone | undefined {
  cities ??= new Map(Intl.supportedValuesOf('timeZone').map((zone) => [cityOf(zone), zone]))
  const zone = cities.get(city.trim().toLowerCase())
  return zone === undefined ? undefined : ianaZone(zone)
}

function cityOf(zone: string): string {
  return zone
    .slice(zone.lastIndexOf('/') + 1)
    .replaceAll('_', ' ')
    .toLowerCase()
}

function firstDefined<T, R>(values: T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value)
    if (found !== undefined) return found
  }
  return undefined
}
