/** Tells whether two cards or calendar objects say the same, however servers write them. */
import { hash } from 'node:crypto'
import { readCalendar } from '../../replica/index/calendar.ts'
import { type ContentLine, parametersOf, readContentLines } from '../../replica/index/content-line.ts'
import { parseDuration } from '../../replica/index/icalendar/time.ts'
import { readContact } from '../../replica/index/vcard.ts'
import { pictureOf } from './pictures.ts'

/** By what it is known: its UID, and without one its content. */
export function keyOf(kind: 'contacts' | 'calendar', bytes: Uint8Array): string {
  const { uid } = kind === 'contacts' ? readContact(bytes) : readCalendar(bytes)
  return uid === null ? `content:${contentOf(bytes, 'address')}` : `uid:${uid}`
}

/** Servers write what they are given in their own way: lines and parameters in another order, folded elsewhere. */
export function sameContent(one: Uint8Array, other: Uint8Array): boolean {
  if (Buffer.compare(one, other) === 0) return true
  return PICTURES.some((by) => contentOf(one, by) === contentOf(other, by))
}

// A picture that one has and the other points to is the same, if it came from there.
const PICTURES = ['address', 'data'] as const

// What servers set anew when they store something.
const OF_THE_SERVER = new Set(['PRODID', 'REV', 'DTSTAMP', 'LAST-MODIFIED', 'CREATED'])

function contentOf(bytes: Uint8Array, pictures: (typeof PICTURES)[number]): string {
  // The lines of each component that is open, the outermost first.
  const open: string[][] = [[]]
  for (const line of readContentLines(bytes)) {
    if (OF_THE_SERVER.has(line.name)) continue
    const value = meaningOf(line)
    if (line.name === 'PHOTO') {
      // How it is written differs from server to server.
      const picture = pictureOf(line)
      open.at(-1)!.push(`PHOTO:${picture[pictures] ?? picture.address ?? picture.data}`)
      continue
    }
    if (line.name === 'BEGIN') {
      open.push([`BEGIN:${value.toUpperCase()}`])
    } else if (line.name === 'END' && open.length > 1) {
      const component = open.pop()!
      open.at(-1)!.push(component.sort().join('\n'))
    } else {
      const parameters = parametersOf(line).map(
        ({ name, values }) => `${name}=${values.map(upperCase).sort()}`,
      )
      open.at(-1)!.push(`${[line.group, line.name, ...parameters.sort()].join(';')}:${value}`)
    }
  }
  return hash('sha256', open.flatMap((lines) => lines.sort()).join('\n'))
}

function meaningOf({ name, value: written }: ContentLine): string {
  const value = written.replace(/\r?\n[ \t]/g, '').trimEnd()
  if (name === 'RRULE') return value.toUpperCase().split(';').sort().join(';')
  if (name !== 'TRIGGER' && name !== 'DURATION') return value
  // An hour may be written as 60 minutes.
  const duration = parseDuration(value)
  return duration ? JSON.stringify(duration) : value
}

function upperCase(text: string): string {
  return text.toUpperCase()
}
