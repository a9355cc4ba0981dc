/** What a phone holds, in two forms: as a folder for restic, and sent to Sidekeep as a phone would. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cardName } from './book.ts'
import { makeCard, makeEvent, makePhoto, photoPath } from './data.ts'
import { createLoadClient, inParallel, type LoadClient } from './load.ts'
import type { SidekeepServer } from './sidekeep.ts'

export interface Library {
  cards: number
  events: number
  photos: number
  /** Bytes of each photo. */
  photoSize: number
}

const CONCURRENCY = 4
const eventName = (n: number) => `bench-${n}.ics`

/** Writes the tree that Sidekeep's own snapshots have. */
export function writeLibrary({ cards, events, photos, photoSize }: Library, folder: string): void {
  for (let n = 0; n < cards; n++) writeItem(folder, cardFile(n), makeCard(n))
  for (let n = 0; n < events; n++) writeItem(folder, eventFile(n), makeEvent(n))
  for (let n = 0; n < photos; n++) writeItem(folder, photoFile(n), makePhoto(n, photoSize))
}

const cardFile = (n: number) => `Contacts/contacts/${cardName(n)}`
const eventFile = (n: number) => `Calendars/calendar/${eventName(n)}`
const photoFile = (n: number) => `Photos/${photoPath(n)}`

function writeItem(folder: string, name: string, bytes: Buffer): void {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

/** Sends the library to a server that has none yet. */
export async function sendLibrary(library: Library, server: SidekeepServer): Promise<void> {
  const { cards, events, photos, photoSize } = library
  await withClients(server, async (book, calendar, files) => {
    await inParallel(cards, CONCURRENCY, (n) => putCard(book, n, 0))
    await inParallel(events, CONCURRENCY, (n) => putEvent(calendar, n, 0))
    const folders = new Set<string>()
    for (let n = 0; n < photos; n++) {
      const month = dirname(photoPath(n))
      folders.add(dirname(month)).add(month)
    }
    for (const folder of [...folders].sort()) await files.send('MKCOL', `${folder}/`)
    await inParallel(photos, CONCURRENCY, (n) =>
      files.send('PUT', photoPath(n), makePhoto(n, photoSize), { 'content-type': 'image/jpeg' }),
    )
  })
}

/** Ten changes, the same in both forms: four contacts and three events edited, three photos new. */
export async function changeTen(
  library: Library,
  edition: number,
  folder: string,
  server: SidekeepServer,
): Promise<void> {
  const { cards, events, photos, photoSize } = library
  const some = (count: number, of: number) =>
    Array.from({ length: count }, (_, n) => (edition * 4813 + n * 7919) % of)
  await withClients(server, async (book, calendar, files) => {
    for (const n of some(4, cards)) {
      writeItem(folder, cardFile(n), makeCard(n, edition))
      await putCard(book, n, edition)
    }
    for (const n of some(3, events)) {
      writeItem(folder, eventFile(n), makeEvent(n, edition))
      await putEvent(calendar, n, edition)
    }
    for (const n of some(3, photos)) {
      const name = `${dirname(photoPath(n))}/NEW_${edition}_${n}.JPG`
      const photo = makePhoto(photos + edition * 3 + n, photoSize)
      writeItem(folder, `Photos/${name}`, photo)
      await files.send('PUT', name, photo, { 'content-type': 'image/jpeg' })
    }
  })
}

const putCard = (book: LoadClient, n: number, edition: number) =>
  book.send('PUT', cardName(n), makeCard(n, edition), { 'content-type': 'text/vcard; charset=utf-8' })

const putEvent = (calendar: LoadClient, n: number, edition: number) =>
  calendar.send('PUT', eventName(n), makeEvent(n, edition), {
    'content-type': 'text/calendar; charset=utf-8',
  })

async function withClients(
  server: SidekeepServer,
  work: (book: LoadClient, calendar: LoadClient, files: LoadClient) => Promise<void>,
): Promise<void> {
  const [book, calendar, files] = [server.base, server.calendar, server.files].map((base) =>
    createLoadClient(base, server.credentials),
  ) as [LoadClient, LoadClient, LoadClient]
  try {
    await work(book, calendar, files)
  } finally {
    for (const client of [book, calendar, files]) client.close()
  }
}
