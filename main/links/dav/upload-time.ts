/** The times a client gives to a file it sends, in headers that are the only ones for it to be widely understood. */
import type { IncomingMessage } from 'node:http'

// HTTP dates end there.
const YEAR_10000 = Date.UTC(10_000, 0)

/** When the file was last changed (`X-OC-Mtime`): milliseconds since 1970; undefined when no usable time is given. */
export function readUploadTime(request: IncomingMessage): number | undefined {
  return readTime(request, 'x-oc-mtime')
}

/** When it was made (`X-OC-CTime`), in the same way. */
export function readCreationTime(request: IncomingMessage): number | undefined {
  return readTime(request, 'x-oc-ctime')
}

// Seconds may have decimals, as iOS sends them.
function readTime({ headers }: IncomingMessage, name: string): number | undefined {
  const seconds = String(headers[name] ?? '').trim()
  if (!/^-?\d{1,12}(\.\d+)?$/.test(seconds)) return undefined
  const time = Math.round(Number(seconds) * 1000)
  return Math.abs(time) < YEAR_10000 ? time : undefined
}
