/** The time a client gives to a file it sends: `X-OC-Mtime`, the only header for it that is widely understood. */
import type { IncomingMessage } from 'node:http'

/** @returns milliseconds since 1970; undefined when no usable time is given. Seconds may have decimals, as iOS sends them. */
export function readUploadTime({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['x-oc-mtime'] ?? Number.NaN)
  const time = Math.round(seconds * 1000)
  return Number.isNaN(new Date(time).getTime()) ? undefined : time
}
