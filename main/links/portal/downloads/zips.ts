/** Downloads of many photos in one ZIP: prepared by a call, then fetched once by a secret path. */
import { LRUCache } from 'lru-cache'
import { portalPaths } from '../../../../preload/portal.ts'
import { contentDisposition } from '../../../http/content-disposition.ts'
import { Problem } from '../../../problem.ts'
import type { Phone } from '../../../replica/phones.ts'
import { localPaths } from '../../../restore/local-paths.ts'
import type { World } from '../../../world.ts'
import { Refusal } from '../refusal.ts'
import { createTickets } from '../tickets.ts'
import type { PhoneVisit, PortalMethods, Route } from '../visit.ts'
import type { Album, AlbumFile } from './album.ts'
import type { Albums } from './albums.ts'
import { sendStream } from './send-stream.ts'
import { createZipStream, type ZipEntry } from './zip-stream.ts'

export interface Zips {
  prepare: PortalMethods['photos.zip']
  /** Answers at the path that was prepared. */
  send: Route
}

interface Prepared {
  phone: Phone
  at: string | undefined
  files: AlbumFile[]
  missing: Missing[]
}

interface Missing {
  file: AlbumFile
  reason: string
}

interface FileEntry extends ZipEntry {
  file: AlbumFile
}

const LIFETIME = 10 * 60_000
const MOST_PREPARED = 20
const NOTE = 'MISSING.txt'

/** @param log hears of every file that had to be left out. */
export function createZips(
  world: World,
  albums: Albums,
  log: (message: string, error: unknown) => void,
): Zips {
  const tickets = createTickets<Prepared>(world, LIFETIME, MOST_PREPARED)
  // What failed while it was sent, so that the next download leaves it out and says so instead of being cut as well.
  const failed = new LRUCache<string, Error>({ max: 1000 })
  const keyOf = (phone: Phone, at: string | undefined, { id }: AlbumFile) =>
    [phone.id, at ?? '', id].join(' ')

  async function check(phone: Phone, at: string | undefined, file: AlbumFile): Promise<Missing | undefined> {
    try {
      const before = failed.get(keyOf(phone, at, file))
      if (before) throw before
      await file.item().check()
      return undefined
    } catch (error) {
      return { file, reason: (error as Error).message }
    }
  }

  // One line, also where a whole disk is away; the ZIP names them all.
  function logMissing({ name }: Phone, [first, ...others]: Missing[]): void {
    if (!first) return
    const more = others.length > 0 ? ` and ${others.length} more files` : ''
    log(`“${first.file.name}”${more} of ${name} cannot be read and are left out of a download`, first.reason)
  }

  async function sendPrepared(visit: PhoneVisit, { phone, at, files, missing }: Prepared): Promise<void> {
    const zip = createZipStream(entriesOf(files), noteOn(missing))
    const head = () =>
      visit.response.writeHead(200, {
        'Content-Type': 'application/zip',
        'Content-Length': String(zip.size),
        'Content-Disposition': contentDisposition('attachment', `${phone.name} Photos.zip`),
        'Cache-Control': 'no-store',
      })
    try {
      await sendStream(visit, zip.bytes, head)
    } catch (error) {
      const file = zip.current()?.file
      if (file) {
        log(`A download was cut at “${file.name}” of ${phone.name}`, error)
        failed.set(keyOf(phone, at, file), error as Error)
      }
      throw error
    } finally {
      zip.stop()
    }
  }

  return {
    async prepare({ at, ids }, { phone }) {
      const wanted = ids ? await findChosen(albums, phone, at, ids) : allFiles(await albums.open(phone, at))
      const missing = await checkEach(wanted, (file) => check(phone, at, file))
      logMissing(phone, missing)
      const lost = new Set(missing.map(({ file }) => file))
      const files = wanted.filter((file) => !lost.has(file))
      return {
        path: portalPaths.zip + tickets.issue({ phone, at, files, missing }),
        count: files.length,
        bytes: files.reduce((sum, { size }) => sum + size, 0),
        missing: missing.length,
      }
    },
    async send(visit, [secret = '', ...rest]) {
      // To ask for the head of it must not use it up.
      if (visit.request.method !== 'GET') throw new Refusal(405, { Allow: 'GET' })
      const prepared = rest.length === 0 ? tickets.redeem(secret) : undefined
      if (prepared?.phone.id !== visit.phone.id) throw new Refusal(404)
      await sendPrepared(visit, prepared)
    },
  }
}

function allFiles({ pictures }: Album): AlbumFile[] {
  return pictures.flatMap(({ original, together }) => [original, ...together])
}

/** The files of these ids; a picture's original brings the others along. @throws Problem `not-found` for an id of no file. */
async function findChosen(
  albums: Albums,
  phone: Phone,
  at: string | undefined,
  ids: string[],
): Promise<AlbumFile[]> {
  const listed = await albums.again(phone, at)
  const album = ids.every((id) => listed.files.has(id)) ? listed : await albums.open(phone, at)
  const chosen = new Set<AlbumFile>()
  for (const id of ids) {
    const file = album.files.get(id)
    if (!file)
      throw new Problem('not-found', 'One of the photos is not there any more.', 'Load the list anew.')
    const picture = album.pictures[album.places.get(id) ?? -1]
    for (const one of picture ? [picture.original, ...picture.together] : [file]) chosen.add(one)
  }
  return [...chosen]
}

const CHECKED_AT_ONCE = 8

/** What the check finds, in the order of the files. */
async function checkEach(
  files: readonly AlbumFile[],
  check: (file: AlbumFile) => Promise<Missing | undefined>,
): Promise<Missing[]> {
  const found: Missing[] = []
  for (let at = 0; at < files.length; at += CHECKED_AT_ONCE) {
    const results = await Promise.all(files.slice(at, at + CHECKED_AT_ONCE).map(check))
    found.push(...results.filter((one) => one !== undefined))
  }
  return found
}

function entriesOf(files: readonly AlbumFile[]): FileEntry[] {
  const paths = localPaths(
    files.map(({ name }) => name),
    [NOTE],
  )
  return files.map((file, n) => ({
    file,
    path: paths[n]!,
    size: file.size,
    modifiedAt: file.modifiedAt,
    open: () => file.item().stream(),
  }))
}

function noteOn(missing: readonly Missing[]): { path: string; text: string } | undefined {
  if (missing.length === 0) return undefined
  const lines = missing.map(({ file, reason }) => `${file.name}: ${reason}`)
  const text = ['These files could not be read on the computer and are not in here:', '', ...lines, ''].join(
    '\r\n',
  )
  return { path: NOTE, text }
}
