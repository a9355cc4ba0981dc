/** Times as people say them: today by the clock, other days by their date too. */

/** `09:14` for today, else `22 Nov, 09:14`; with the year where it is another. */
export function sayMoment(time: number, language: string, now: number): string {
  const date = new Date(time)
  const today = new Date(now)
  const clock = { hour: '2-digit', minute: '2-digit' } as const
  const day = { day: 'numeric', month: 'short' } as const
  const isToday = date.toDateString() === today.toDateString()
  const isThisYear = date.getFullYear() === today.getFullYear()
  const style = isToday ? clock : isThisYear ? { ...day, ...clock } : { ...day, year: 'numeric', ...clock }
  return new Intl.DateTimeFormat(language, style as Intl.DateTimeFormatOptions).format(date)
}
