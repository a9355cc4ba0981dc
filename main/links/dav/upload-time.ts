/** The time a client gives to a file it sends: `X-OC-Mtime`, the only header for it that is widely understood. */
import type { IncomingMessage } from 'node:http'

// HTTP dates end there.
const YEAR_10000 = Date.UTC(10_000, 0)

/** @returns milliseconds since 1970; undefined when no usable time is given. Seconds may have decimals, as iOS sends them. */
export function readUploadTime({ headers }: IncomingMessage): number | undefined {
  const seconds = String(headers['x-oc-mtime'] ?? '').trim()
  if (!/^-?\d{1,12}(\.\d+)?$/.test(seconds)) return undefined
  const time = Math.round(Number(seconds) * 1000)
  return Math.abs(time) < YEAR_10000 ? time : undefined
}
