/** Dates as HTTP writes them (RFC 9110, 5.6.7). */

/** @param time milliseconds since 1970. */
export function httpDate(time: number): string {
  return new Date(time).toUTCString()
}
