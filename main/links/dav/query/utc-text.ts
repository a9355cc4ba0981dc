/** Moments as iCalendar writes them in UTC (RFC 5545, 3.3.5). */

/** `20060104T170000Z` */
export function utcText(moment: number): string {
  return new Date(moment).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}
