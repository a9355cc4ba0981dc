/** Finds the lines of a large file of cards or calendars without changing, decoding or holding it: where each begins and ends, and its head. */
import type { FileHandle } from 'node:fs/promises'
import { utf16Of } from '../index/content-line.ts'

/** A part of a file: from `start` up to and without `end`, in bytes. */
export interface Span {
  start: number
  end: number
}

export interface Line extends Span {
  /** Its first characters, one for each byte or UTF-16 unit. */
  head: string
}

// Far more than any `BEGIN:` or name of a property takes.
const HEAD_UNITS = 80
// Even, so that no unit of UTF-16 is cut in two.
const CHUNK = 1024 * 1024

/** The file's lines, chunk by chunk; a line break belongs to its line, and a byte order mark to none. */
export async function* scanLines(file: FileHandle): AsyncGenerator<Line[]> {
  const chunk = Buffer.allocUnsafe(CHUNK)
  let encoding: Encoding | undefined
  let start = 0
  let head = ''
  for (let at = 0; ; ) {
    const bytes = await readFully(file, chunk, at)
    if (bytes.length === 0) break
    if (!encoding) {
      encoding = encodingOf(bytes)
      start = encoding.mark
    }
    const lines: Line[] = []
    for (let from = Math.max(0, start - at); from < bytes.length; ) {
      const feed = nextBreak(bytes, from, encoding)
      const to = feed < 0 ? bytes.length : feed + encoding.width
      head += headOf(bytes, from, to, HEAD_UNITS - head.length, encoding)
      if (feed >= 0) {
        lines.push({ start, end: at + to, head })
        start = at + to
        head = ''
      }
      from = to
    }
    yield lines
    at += bytes.length
    if (bytes.length < CHUNK) {
      if (start < at) yield [{ start, end: at, head }]
      break
    }
  }
}

/** The span's bytes. */
export async function readSpan(file: FileHandle, { start, end }: Span): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start)
  return readFully(file, bytes, start)
}

/** What lies before, between and behind the spans, which are in order. @param size of the file. */
export function gapsOf(spans: readonly Span[], size: number): Span[] {
  const starts = [...spans.map(({ start }) => start), size]
  const ends = [0, ...spans.map(({ end }) => end)]
  return starts.map((end, n) => ({ start: ends[n]!, end })).filter(({ start, end }) => end > start)
}

/** Nothing but white space, byte order marks and the zeros of UTF-16. */
export function isBlank(bytes: Buffer): boolean {
  return !/[^\s\0\xef\xbb\xbf\xfe\xff]/.test(bytes.toString('latin1'))
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<Buffer> {
  let length = 0
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return into.subarray(0, length)
}

interface Encoding {
  /** Bytes of one unit. */
  width: 1 | 2
  /** Where in a unit the byte of an ASCII character is. */
  low: 0 | 1
  /** Length of the byte order mark. */
  mark: number
  /** Files of old Macs end their lines with a return. */
  lineBreak: 10 | 13
}

function encodingOf(bytes: Buffer): Encoding {
  const utf16 = utf16Of(bytes)
  const hasFeeds = bytes.includes(10)
  const lineBreak = hasFeeds ? 10 : 13
  if (utf16) {
    const low = utf16 === 'utf-16le' ? 0 : 1
    const isMarked = bytes[low] === 0xff && bytes[1 - low] === 0xfe
    return { width: 2, low, mark: isMarked ? 2 : 0, lineBreak }
  }
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return { width: 1, low: 0, mark: isMarked ? 3 : 0, lineBreak }
}

/** Where the unit of the next line break begins; -1 when there is none. */
function nextBreak(bytes: Buffer, from: number, { width, low, lineBreak }: Encoding): number {
  for (let at = bytes.indexOf(lineBreak, from); at >= 0; at = bytes.indexOf(lineBreak, at + 1)) {
    if (width === 1) return at
    if (at % 2 === low && bytes[at + 1 - 2 * low] === 0) return at - low
  }
  return -1
}

function headOf(bytes: Buffer, from: number, to: number, units: number, { width, low }: Encoding): string {
  if (units <= 0) return ''
  const part = bytes.subarray(from, Math.min(to, from + units * width))
  if (width === 1) return part.toString('latin1')
  let text = ''
  for (let at = low; at < part.length; at += 2) {
    text += part[at + 1 - 2 * low] === 0 ? String.fromCharCode(part[at]!) : '?'
  }
  return text
}
