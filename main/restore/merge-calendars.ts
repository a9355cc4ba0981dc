/** Joins calendar objects into one .ics: their components as they are, each time zone once (RFC 5545, 3.6). */
import type { PointItem } from './point.ts'

const HEAD = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sidekeep//Export//EN\r\n'

/**
 * The text of one calendar that holds all the items. Lines inside components are not touched. What is no calendar object is left
 * out here; it is in the backup all the same. Read as Latin-1, so that every byte comes out as it went in, whatever the charset.
 */
export async function* mergeCalendars(
  items: Iterable<PointItem>,
  done: (item: PointItem) => void,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(HEAD)
  const zones = new Set<string>()
  for (const item of items) {
    for (const { name, text } of components(Buffer.from(await item.bytes()).toString('latin1'))) {
      if (name === 'VTIMEZONE') {
        const id = text.match(/^TZID[^:\r\n]*:(.*)$/im)?.[1]?.trim() ?? text
        if (zones.has(id)) continue
        zones.add(id)
      }
      yield Buffer.from(text, 'latin1')
    }
    done(item)
  }
  yield Buffer.from('END:VCALENDAR\r\n')
}

/** The components right below VCALENDAR, whole, with CRLF line ends. */
function* components(text: string): Generator<{ name: string; text: string }> {
  let lines: string[] = []
  const open: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const begin = line.match(/^BEGIN:\s*([\w-]+)/i)?.[1]?.toUpperCase()
    const end = line.match(/^END:\s*([\w-]+)/i)?.[1]?.toUpperCase()
    if (begin) open.push(begin)
    if (open.length >= 2) lines.push(line)
    if (end && open.at(-1) === end) {
      open.pop()
      if (open.length === 1) {
        yield { name: end, text: `${lines.join('\r\n')}\r\n` }
        lines = []
      }
    }
  }
}
