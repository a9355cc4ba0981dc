/** Who is asked to an event, and what reminds of it, as rows of Android's calendar provider. */
import { type ContentLine, decodedValue, parameterOf } from '../../replica/index/content-line.ts'
import { type Component, lineOf, linesOf } from '../../replica/index/icalendar/component.ts'
import { parseDuration, parseTime } from '../../replica/index/icalendar/time.ts'
import type { Values } from './content-writer.ts'

const ANSWERS: Record<string, number> = { ACCEPTED: 1, DECLINED: 2, 'NEEDS-ACTION': 3, TENTATIVE: 4 }
const TYPES: Record<string, number> = {
  'REQ-PARTICIPANT': 1,
  'OPT-PARTICIPANT': 2,
  'NON-PARTICIPANT': 3,
  CHAIR: 1,
}
const [ATTENDS, ORGANISES] = [1, 2]
const [ALERT, EMAIL] = [1, 2]

/** Rows without the event's number. */
export function attendeeRows(component: Component): Values[] {
  return linesOf(component, 'ATTENDEE').map((line) => {
    const word = (name: string) => parameterOf(line, name)[0]?.toUpperCase() ?? ''
    return {
      attendeeName: parameterOf(line, 'CN')[0] ?? '',
      attendeeEmail: addressOf(line),
      attendeeStatus: ANSWERS[word('PARTSTAT')] ?? 0,
      attendeeRelationship: word('ROLE') === 'CHAIR' ? ORGANISES : ATTENDS,
      attendeeType: TYPES[word('ROLE')] ?? 0,
    }
  })
}

/** The address of the organiser; empty when there is none. */
export function organiserOf(component: Component): string {
  const line = lineOf(component, 'ORGANIZER')
  return line ? addressOf(line) : ''
}

function addressOf(line: ContentLine): string {
  return decodedValue(line).replace(/^mailto:/i, '')
}

/**
 * Rows without the event's number. @param start in milliseconds since 1970. @param length of the event, in milliseconds.
 * @returns also whether there are alarms that no reminder can stand for: a reminder comes so many minutes before.
 */
export function alarmRows(
  component: Component,
  start: number,
  length: number,
): { reminders: Values[]; leftOut: boolean } {
  const reminders: Values[] = []
  let leftOut = false
  for (const alarm of component.components.filter(({ name }) => name === 'VALARM')) {
    const trigger = lineOf(alarm, 'TRIGGER')
    const before = trigger && millisecondsBefore(trigger, start, length)
    const isMail = /EMAIL/i.test(lineOf(alarm, 'ACTION')?.value ?? '')
    if (before === undefined || before < 0) leftOut = true
    else reminders.push({ minutes: Math.round(before / 60_000), method: isMail ? EMAIL : ALERT })
  }
  return { reminders, leftOut }
}

function millisecondsBefore(trigger: ContentLine, start: number, length: number): number | undefined {
  const text = decodedValue(trigger)
  const duration = parseDuration(text)
  if (duration) {
    const after = duration.days * 86_400_000 + duration.time
    const isFromEnd = parameterOf(trigger, 'RELATED')[0]?.toUpperCase() === 'END'
    return -(after + (isFromEnd ? length : 0))
  }
  const time = parseTime(text)
  return time && start - time.wall
}
