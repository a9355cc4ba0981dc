/** Contacts and calendars as files that any program takes. */
import { Readable } from 'node:stream'
import type { PortalOutput } from '../../../../preload/portal.ts'
import { contentDisposition } from '../../../http/content-disposition.ts'
import { mergeCalendars } from '../../../restore/merge-calendars.ts'
import { mergeCards } from '../../../restore/merge-cards.ts'
import type { Point } from '../../../restore/point.ts'
import { Refusal } from '../refusal.ts'
import type { PhoneVisit } from '../visit.ts'
import { sendStream } from './send-stream.ts'

/** What there is to bring back: the calendars, and how many contacts. */
export function listCalendars({ collections }: Point): PortalOutput<'calendars.list'> {
  const ofKind = (kind: string) => collections.filter(({ saved }) => saved.kind === kind)
  return {
    calendars: ofKind('calendar').map(({ saved, items }) => ({
      name: saved.name,
      displayName: saved.displayName || saved.name,
      items: items.length,
    })),
    contacts: ofKind('contacts').reduce((sum, { items }) => sum + items.length, 0),
  }
}

/** All cards of all address books in one file. */
export function sendContacts(visit: PhoneVisit, { collections }: Point): Promise<void> {
  const books = collections.filter(({ saved }) => saved.kind === 'contacts')
  const cards = mergeCards(
    books.flatMap(({ items }) => items),
    () => undefined,
  )
  return sendText(visit, cards, 'text/vcard', `${visit.phone.name} Contacts.vcf`)
}

/** All of one calendar in one file. @throws Refusal 404 when there is no calendar of that name. */
export function sendCalendar(visit: PhoneVisit, { collections }: Point, name: string): Promise<void> {
  const calendar = collections.find(({ saved }) => saved.kind === 'calendar' && saved.name === name)
  if (!calendar) throw new Refusal(404)
  const title = `${visit.phone.name} ${calendar.saved.displayName || name}.ics`
  return sendText(
    visit,
    mergeCalendars(calendar.items, () => undefined),
    'text/calendar',
    title,
  )
}

async function sendText(
  visit: PhoneVisit,
  pieces: AsyncIterable<Uint8Array>,
  type: string,
  name: string,
): Promise<void> {
  const { request, response } = visit
  const head = () =>
    response.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Disposition': contentDisposition('attachment', name),
      'Cache-Control': 'no-store',
    })
  if (request.method === 'HEAD') return void head().end()
  // Cards are small: gathered into larger pieces, thousands of them cost few writes.
  await sendStream(visit, Readable.from(gathered(pieces), { objectMode: false, highWaterMark: 0 }), head)
}

const PIECE = 64 * 1024

async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces) {
    waiting.push(piece)
    length += piece.length
    if (length < PIECE) continue
    yield Buffer.concat(waiting, length)
    waiting = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(waiting, length)
}
