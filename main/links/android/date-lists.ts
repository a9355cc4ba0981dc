/** Further and excluded dates of a series, as Android keeps them: a list per line, `Europe/Berlin;20270104T090000,…`. */
import { type ContentLine, decodedValue, parameterOf } from '../../replica/index/content-line.ts'
import { DAY } from '../../replica/index/icalendar/day.ts'
import {
  type CalendarTime,
  momentOfTime,
  timesOf,
  type ZoneTable,
} from '../../replica/index/icalendar/time.ts'
import { ianaZone } from '../../replica/index/icalendar/zone-names.ts'

/**
 * @param lines RDATE or EXDATE. @param start of the event: a date alone stands for the occurrence of that day.
 * @returns what RDATE tells of lengths is lost.
 */
export function dateList(
  lines: readonly ContentLine[],
  start: CalendarTime,
  zones: ZoneTable,
  phoneZone: string,
): { text: string; hasPeriods: boolean } {
  const texts = lines.map((line) => {
    const written = decodedValue(line).replace(/\s/g, '')
    const [tzid] = parameterOf(line, 'TZID')
    if (start.isDate && /^\d{8}(?:,\d{8})*$/.test(written)) return written
    if (!start.isDate && tzid === undefined && /^\d{8}T\d{6}Z(?:,\d{8}T\d{6}Z)*$/.test(written))
      return written
    if (!start.isDate && tzid && ianaZone(tzid) && /^\d{8}T\d{6}(?:,\d{8}T\d{6})*$/.test(written)) {
      return `${tzid};${written}`
    }
    return timesOf(line, zones)
      .map((time) => occurrence(time, start, phoneZone))
      .join()
  })
  return {
    text: texts.filter((text) => text !== '').join('\n'),
    hasPeriods: lines.some(({ value }) => value.includes('/')),
  }
}

function occurrence(time: CalendarTime, start: CalendarTime, phoneZone: string): string {
  if (start.isDate) return stamp(time.wall).slice(0, 8)
  const meant = time.isDate ? { ...start, wall: time.wall + (start.wall % DAY) } : time
  return `${stamp(momentOfTime(meant, start.zone ?? ianaZone(phoneZone)!))}Z`
}

function stamp(wall: number): string {
  return new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, '')
}
