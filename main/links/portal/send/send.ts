/** Address books and calendars as files: what a phone's own apps export is taken apart and compared with what was sent before. */
import { open } from 'node:fs/promises'
import { sentSchema } from '../../../../preload/portal.ts'
import { answerJson } from '../../../http/answer-json.ts'
import { Problem } from '../../../problem.ts'
import { type Captured, type CapturedItem, openMirror, storeCapture } from '../../../replica/capture.ts'
import { discardFile, receiveFile } from '../../../replica/files.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Replica } from '../../../replica/replica.ts'
import { splitCalendars } from '../../../replica/split/calendars.ts'
import { splitCards } from '../../../replica/split/cards.ts'
import { Refusal } from '../refusal.ts'
import type { Route } from '../visit.ts'

const LARGEST = 200 * 1024 ** 2

const KINDS = {
  contacts: { split: splitCards, what: 'contacts (.vcf)' },
  calendar: { split: splitCalendars, what: 'calendars (.ics)' },
} as const

export function createSend(replica: Replica): Route {
  return async ({ request, response, phone }, rest) => {
    const [kind = ''] = rest
    if (rest.length !== 1 || !isKind(kind)) throw new Refusal(404)
    if (request.method !== 'POST') throw new Refusal(405, { Allow: 'POST' })
    // All of it is here before any of it counts: a file that is cut off must not look like a small one.
    const received = await receiveFile(replica, request, LARGEST)
    try {
      answerJson(response, 200, sentSchema.parse(await takeIn(replica, phone, kind, received.temporary)))
    } finally {
      await discardFile(received)
    }
  }
}

function isKind(kind: string): kind is keyof typeof KINDS {
  return Object.hasOwn(KINDS, kind)
}

async function takeIn(
  replica: Replica,
  phone: Phone,
  kind: keyof typeof KINDS,
  path: string,
): Promise<Captured> {
  const { split, what } = KINDS[kind]
  const file = await open(path)
  try {
    const parts = split(file)
    const first = await parts.next()
    if (first.done) {
      throw new Problem(
        'bad-input',
        `This is not a file of ${what}.`,
        'Export it anew on the phone and choose that file.',
      )
    }
    const mirror = await openMirror(replica, phone.id, kind, 'sent', 'Sent from the phone')
    return await storeCapture(replica, mirror, items(first.value, parts), {
      cause: 'portal',
      complete: false,
    })
  } finally {
    await file.close()
  }
}

async function* items(first: Buffer, parts: AsyncIterable<Buffer>): AsyncGenerator<CapturedItem> {
  yield { bytes: first }
  for await (const bytes of parts) yield { bytes }
}
