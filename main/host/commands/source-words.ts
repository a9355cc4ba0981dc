/** How things stand with a source, in words for a person. */
import { z } from 'zod'
import type { Output } from '../../../preload/contract.ts'
import { captureSchema } from '../../../preload/links.ts'
import { describe } from '../progress-line.ts'
import { counted, duration, moment } from '../words.ts'

type Say = (line: string) => void
type Source = Output<'links.list'>[number]
type Run = Output<'links.runs'>[number]
type Named = { count: number; named: readonly { what: string; reason: string }[] }

const MOST_NAMED = 20
const MOST_AT_A_GLANCE = 3

export function tellSource(source: Source, say: Say): void {
  const { name, phone, state, since, capturedAt, heldBack, vanished, running, lastRun, lastSend } = source
  say(`${name}  (${source.source}${phone === null ? '' : `, belongs to “${phone}”`})`)
  if (state.code !== 'ready')
    say(`  ${state.sentence} ${state.next}${since === null ? '' : ` (since ${moment(since)})`}`)
  if (state.code === 'held') say(`  It is meant to be so: sidekeep links accept "${source.source}"`)
  if (running) {
    const doing = running.doing === 'send' ? 'is being written to' : 'is being read'
    say(`  ${doing} since ${moment(running.startedAt)}`)
    if (running.progress) say(`  ${describe(running.progress, 0)}`)
  } else if (capturedAt !== null) say(`  read ${moment(capturedAt)}`)
  else if (phone === null && state.code === 'ready') say(`  not read yet: sidekeep capture "${name}"`)
  if (lastRun?.result === 'failed') say(`  the last try failed, ${moment(lastRun.startedAt)}`)
  if (lastSend?.endedAt && lastSend.result)
    say(`  written to ${moment(lastSend.endedAt)}: ${ENDS[lastSend.result] ?? lastSend.result}`)
  tellNamed('  Not read', missedIn(lastRun?.detail), say, MOST_AT_A_GLANCE)
  tellReset(source, say)
  tellHeld(
    heldBack,
    vanished.map((one) => one.name),
    { source: source.source, phone, writable: isWritable(source.abilities) },
    say,
  )
}

function tellReset({ resetAt, source, phone, abilities }: Source, say: Say): void {
  if (resetAt === null) return
  const way = wayBack(source, phone, isWritable(abilities))
  say(`  It was reset or emptied, seen ${moment(resetAt)}. Nothing is taken away here. Its data back: ${way}`)
  say(`  It is to stay as it is: sidekeep links accept "${source}"`)
}

function isWritable(abilities: Source['abilities']): boolean {
  return abilities === null || Object.values(abilities).some(({ write }) => write)
}

function wayBack(source: string, phone: string | null, writable: boolean): string {
  return writable ? `sidekeep send "${source}"` : `sidekeep restore --phone "${phone}" --into-account`
}

/** Deletions that wait. @param vanished names of lists that are gone as a whole. @param writable the source takes things back. */
export function tellHeld(
  held: { contacts: number; calendar: number },
  vanished: readonly string[],
  { source, phone, writable }: { source: string; phone: string | null; writable: boolean },
  say: Say,
): void {
  if (held.contacts + held.calendar === 0) return
  for (const name of vanished) say(`  The whole list “${name}” is gone there, and kept here.`)
  say(
    `  Held back: ${counted(held.contacts, 'contact')} and ${counted(held.calendar, 'event')} are gone there and kept here.`,
  )
  const way = wayBack(source, phone, writable)
  say(`  If that is right: sidekeep links accept "${source}". If they were lost: ${way}`)
}

/** What was left out: all are counted, the first named. */
export function tellNamed(title: string, { count, named }: Named, say: Say, most = MOST_NAMED): void {
  for (const { what, reason } of named.slice(0, most)) say(`${title}: ${what} (${reason})`)
  const rest = count - Math.min(named.length, most)
  if (rest > 0) say(`${title}: ${rest} more; --json names them.`)
}

const ENDS: Record<string, string> = {
  done: 'done',
  failed: 'it failed',
  cancelled: 'it was stopped',
  interrupted: 'it was cut off',
}
const CAUSES: Record<string, string> = {
  manual: 'asked for',
  appeared: 'it appeared',
  scheduled: 'by the clock',
  missed: 'by the clock, late',
  retry: 'tried again',
}

const counts = z.object({ added: z.number(), changed: z.number(), unchanged: z.number() })
const Brought = captureSchema.pick({ contacts: true, calendar: true, files: true, heldBack: true })
const Sent = counts.extend({ failed: z.object({ count: z.number() }) })
const Missed = captureSchema.pick({ missed: true })
const Stopped = z.object({ problem: z.object({ sentence: z.string() }) })

function missedIn(detail: unknown): Named {
  return Missed.safeParse(detail).data?.missed ?? { count: 0, named: [] }
}

/** One line on a capture or a send: when, why, how it ended, how long it took, what it brought. */
export function describeRun({ doing, cause, startedAt, endedAt, result, detail }: Run): string {
  const took = endedAt === null ? [] : [`in ${duration((endedAt - startedAt) / 1000)}`]
  const end = result === null ? 'is on' : [ENDS[result] ?? result, ...took].join(' ')
  const problem = Stopped.safeParse(detail).data?.problem.sentence
  const parts = [...outcomes(doing, detail), ...(problem === undefined ? [] : [problem])]
  const head = `${moment(startedAt)}  ${doing === 'send' ? 'sent' : 'read'}, ${CAUSES[cause] ?? cause}: ${end}`
  return parts.length > 0 ? `${head}; ${parts.join(', ')}` : head
}

function outcomes(doing: Run['doing'], detail: unknown): string[] {
  if (doing === 'send') {
    const sent = Sent.safeParse(detail).data
    return sent ? [...countsOf([sent], 'added'), ...told(sent.failed.count, 'not sent')] : []
  }
  const brought = Brought.safeParse(detail).data
  if (!brought) return []
  const { contacts, calendar, files, heldBack } = brought
  return [
    ...countsOf([contacts, calendar, files], 'new'),
    ...told(contacts.gone + calendar.gone, 'gone'),
    ...told(missedIn(detail).count, 'not read'),
    ...told(heldBack.contacts + heldBack.calendar, 'held back'),
  ]
}

function countsOf(all: readonly z.infer<typeof counts>[], added: string): string[] {
  const sum = (of: (one: z.infer<typeof counts>) => number) => all.reduce((total, one) => total + of(one), 0)
  return [`${sum((one) => one.added)} ${added}`, `${sum((one) => one.changed)} changed`]
}

function told(n: number, word: string): string[] {
  return n > 0 ? [`${n} ${word}`] : []
}
