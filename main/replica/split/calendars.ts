/**
 * Takes a file of calendars apart: one object for each event or task, with its exceptions and the time zones that they name (RFC 4791,
 * 4.1). The bytes of each component stay as they are written.
 */
import type { FileHandle } from 'node:fs/promises'
import { parameterOf, readContentLines, utf16Of } from '../index/content-line.ts'
import { type CalendarSpan, type ComponentSpan, findCalendars } from './calendar-scan.ts'
import { gapsOf, isBlank, readSpan, type Span } from './line-scan.ts'
import { checkSize } from './mark.ts'

/**
 * The objects in order, and then what stands outside of all calendars.
 * @returns nothing when the file has no event, task or other component. @throws Problem `bad-input` for one that holds too much.
 */
export async function* splitCalendars(file: FileHandle): AsyncGenerator<Buffer> {
  const calendars = await findCalendars(file)
  const components = calendars.flatMap((calendar) => calendar.components)
  if (components.every(isZone)) return
  components.forEach(checkSize)
  for (const calendar of calendars) yield* splitCalendar(file, calendar)
  const known = calendars.flatMap((calendar): Span[] => (calendar.opening ? [calendar] : calendar.components))
  const gaps = gapsOf(known, (await file.stat()).size)
  gaps.forEach(checkSize)
  for (const gap of gaps) {
    const bytes = await readSpan(file, gap)
    if (!isBlank(bytes)) yield bytes
  }
}

async function* splitCalendar(file: FileHandle, calendar: CalendarSpan): AsyncGenerator<Buffer> {
  const zones = new Map<string, Span>()
  const objects: ReadComponent[][] = []
  const byUid = new Map<string, ReadComponent[]>()
  for (const span of calendar.components) {
    const component = await readComponent(file, span)
    const { uid } = component
    const sameUid = byUid.get(uid)
    if (isZone(span)) {
      if (!zones.has(component.zoneId)) zones.set(component.zoneId, span)
    } else if (uid !== '' && sameUid) {
      sameUid.push(component)
    } else {
      const object = [component]
      objects.push(object)
      if (uid !== '') byUid.set(uid, object)
    }
  }
  for (const object of objects) yield joinObject(file, calendar, zones, object)
}

interface ReadComponent {
  span: Span
  uid: string
  /** The name that a time zone has. */
  zoneId: string
  /** The names of the time zones that it uses. */
  zonesUsed: string[]
}

async function readComponent(file: FileHandle, span: ComponentSpan): Promise<ReadComponent> {
  const texts = new Map<string, string>()
  const zonesUsed = new Set<string>()
  for (const line of readContentLines(await readSpan(file, span))) {
    const { name, value, parameters } = line
    if ((name === 'UID' || name === 'TZID') && !texts.has(name)) {
      // A copy, since a text cut out of another keeps all of it in memory.
      texts.set(name, Buffer.from(value.replace(/\r?\n[ \t]/g, '').trim(), 'latin1').toString('latin1'))
    }
    if (/TZID/i.test(parameters)) for (const id of parameterOf(line, 'TZID')) zonesUsed.add(id)
  }
  return { span, uid: texts.get('UID') ?? '', zoneId: texts.get('TZID') ?? '', zonesUsed: [...zonesUsed] }
}

async function joinObject(
  file: FileHandle,
  { opening, closing, properties }: CalendarSpan,
  zones: Map<string, Span>,
  object: ReadComponent[],
): Promise<Buffer> {
  const used = [...zones].filter(([id]) => object.some(({ zonesUsed }) => zonesUsed.includes(id)))
  const inside = [...used.map(([, span]) => span), ...object.map(({ span }) => span)]
  const spans = opening ? [opening, ...properties, ...inside] : inside
  const pieces: Buffer[] = []
  for (const span of spans) pieces.push(await readSpan(file, span))
  const encode = encoderLike(pieces[0]!)
  const whole = pieces.map((piece) => (endsLine(piece) ? piece : Buffer.concat([piece, encode('\r\n')])))
  if (!opening) return Buffer.concat(whole)
  const end = closing ? await readSpan(file, closing) : encode('END:VCALENDAR\r\n')
  return Buffer.concat([...whole, end])
}

function isZone({ name }: ComponentSpan): boolean {
  return name === 'VTIMEZONE'
}

function endsLine(bytes: Buffer): boolean {
  return /[\r\n]\0?$/.test(bytes.subarray(-2).toString('latin1'))
}

/** Writes ASCII in the encoding of the bytes. */
function encoderLike(bytes: Buffer): (text: string) => Buffer {
  const utf16 = utf16Of(bytes)
  return (text) => {
    if (!utf16) return Buffer.from(text, 'latin1')
    const encoded = Buffer.from(text, 'utf16le')
    return utf16 === 'utf-16be' ? encoded.swap16() : encoded
  }
}
