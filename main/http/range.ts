/** Byte ranges (RFC 9110, 14): one range is served; several are answered with the whole, which the RFC allows. */

export interface ByteRange {
  /** First and last byte, both inclusive. */
  start: number
  end: number
}

/** @returns the range to send, null for the whole, `unsatisfiable` when it begins after the end (416). */
export function readRange(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const [match, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec((header ?? '').trim()) ?? []
  if (match === undefined || (first === '' && last === '')) return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  return start >= size ? 'unsatisfiable' : { start, end }
}
