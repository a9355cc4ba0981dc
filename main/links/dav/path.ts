/** Request paths: taken apart into decoded segments, and put together again as hrefs. */
import { Refusal } from './refusal.ts'

const SEGMENT_BYTES = 255
const PATH_BYTES = 4096

/**
 * Takes the path of a request target or href apart. A name is decoded once and kept as it is; empty segments, as in `a//b`, and a
 * slash at the end make no difference.
 * @throws Refusal 400 for what cannot be a name (a slash, control characters, `.`, `..`, not UTF-8), 414 when too long.
 */
export function parsePath(target: string): string[] {
  const path = /^[^?#]*/.exec(target)![0]
  if (!path.startsWith('/') || target.includes('#')) throw new Refusal(400)
  const segments = path.split('/').filter((segment) => segment !== '')
  const names = segments.map(decodeSegment)
  if (names.reduce((sum, name) => sum + Buffer.byteLength(name) + 1, 0) > PATH_BYTES) throw new Refusal(414)
  return names
}

function decodeSegment(segment: string): string {
  const name = decode(segment)
  if (name === '.' || name === '..' || /[/\p{Cc}]/u.test(name)) throw new Refusal(400)
  if (Buffer.byteLength(name) > SEGMENT_BYTES) throw new Refusal(414)
  return name
}

// Node hands bytes that were sent without encoding over as Latin-1.
function decode(segment: string): string {
  const encoded = segment.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw new Refusal(400)
  }
}

/**
 * The path of an href or `Destination`, which may be a whole URL or only a path.
 * @param host the request's Host header.
 * @throws Refusal 400 when it is neither, 502 when it names another server (RFC 4918, 9.8.5).
 */
export function parseHref(href: string, host: string | undefined): string[] {
  const url = /^https?:\/\/([^/?#]*)(.*)$/is.exec(href.trim())
  if (!url) return parsePath(href.trim())
  if (host !== undefined && url[1]!.toLowerCase() !== host.toLowerCase()) throw new Refusal(502)
  return parsePath(url[2] === '' ? '/' : url[2]!)
}

/** The path of a resource, percent-encoded. */
export function hrefOf(segments: readonly string[]): string {
  return `/${segments.map(encodeName).join('/')}`
}

/** The path of a collection, with the slash at the end. */
export function hrefOfFolder(segments: readonly string[]): string {
  return segments.length === 0 ? '/' : `${hrefOf(segments)}/`
}

const PLAIN = /^[\w.~-]*$/

function encodeName(name: string): string {
  return PLAIN.test(name) ? name : encodeURIComponent(name)
}
