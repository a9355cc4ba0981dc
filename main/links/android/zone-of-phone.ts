/** Names of time zones as phones know them: those of the IANA database. */
import { UTC, type Zone } from '../../replica/index/icalendar/zone.ts'
import { ianaZone } from '../../replica/index/icalendar/zone-names.ts'

const MONTH = 30 * 86_400_000

/**
 * The name for a time's zone. @param tzid as the calendar names it. @param zone what it means there; null for a time that floats.
 * @param at milliseconds since 1970: a zone without a name that phones know gets the name of one whose clock goes alike from then on.
 */
export function zoneNameOf(
  tzid: string | undefined,
  zone: Zone | null,
  at: number,
  phoneZone: string,
): string {
  if (zone === UTC) return 'UTC'
  if (zone === null) return phoneZone
  if (tzid !== undefined && ianaZone(tzid)) return tzid
  const samples = Array.from({ length: 24 }, (_, n) => at + n * MONTH)
  const isAlike = (name: string) => {
    const other = ianaZone(name)
    return other !== undefined && samples.every((moment) => other.offsetAt(moment) === zone.offsetAt(moment))
  }
  return [phoneZone, ...Intl.supportedValuesOf('timeZone')].find(isAlike) ?? 'UTC'
}
