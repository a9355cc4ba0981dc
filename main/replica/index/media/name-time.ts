/** When a photo was taken, as cameras and apps write it into its file name. */
import { DAY, dayOf, daysInMonth } from '../icalendar/day.ts'

// IMG_20190412_153045.jpg, PXL_20200710_061629144.MP.jpg, 2019-04-12 15.30.45.jpg, Screenshot_2019-04-12-15-30-45.png,
// WhatsApp Image 2019-04-12 at 15.30.45.jpeg, IMG-20190412-WA0003.jpg
const DATE = /(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d{1,5}(?!\d))/
const TIME = /^(?:[-_. T]| at )?(\d\d)([-_.h]?)(\d\d)[-_.m]?(\d\d)(?:\d{3}|[^\d]|$)/
// FB_IMG_1555082445123.jpg: milliseconds since 1970, from 2001 to 2033.
const MOMENT = /(?<!\d)(1\d{12})(?!\d)/

/** Milliseconds since 1970, the clock of the camera taken for UTC; a name with a date alone stands for its midnight. */
export function timeInName(name: string): number | null {
  const base = name.slice(name.lastIndexOf('/') + 1)
  const found = DATE.exec(base)
  const day = found && dayIn(Number(found[1]), Number(found[3]), Number(found[4]))
  if (!found || day === null) {
    const moment = MOMENT.exec(base)?.[1]
    return moment === undefined ? null : Number(moment)
  }
  return day * DAY + timeOfDay(base.slice(found.index + found[0].length))
}

function dayIn(year: number, month: number, day: number): number | null {
  if (year < 1990 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  return dayOf(year, month, day)
}

function timeOfDay(rest: string): number {
  const [, hour, , minute, second] = TIME.exec(rest) ?? []
  const time = [Number(hour), Number(minute), Number(second)] as const
  const isTime = time[0] < 24 && time[1] < 60 && time[2] < 60
  return isTime ? ((time[0] * 60 + time[1]) * 60 + time[2]) * 1000 : 0
}
