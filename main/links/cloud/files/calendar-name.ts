/** The name that a calendar has for itself in a file: NAME (RFC 7986, 5.1), or X-WR-CALNAME, which most write. */
import type { FileHandle } from 'node:fs/promises'
import { decodedValue, readContentLines, unescapeText } from '../../../replica/index/content-line.ts'

// It stands before the first event.
const START = 64 * 1024
const LONGEST = 200

/** @returns undefined when it has none. */
export async function readCalendarName(file: FileHandle): Promise<string | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(START), 0, START, 0)
  for (const line of readContentLines(buffer.subarray(0, bytesRead))) {
    if (line.name === 'BEGIN' && line.value.trim().toUpperCase() !== 'VCALENDAR') return undefined
    if (line.name !== 'NAME' && line.name !== 'X-WR-CALNAME') continue
    const name = unescapeText(decodedValue(line)).trim().slice(0, LONGEST)
    if (name !== '') return name
  }
  return undefined
}
