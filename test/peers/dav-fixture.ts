/** A DAV server in this process, over a replica in a folder of its own, with phones paired; for tests that need a real one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDavHandler, type DavSettings } from '../../main/links/dav/server.ts'
import { davUrls } from '../../main/links/dav/urls.ts'
import { addPhone, type Phone } from '../../main/replica/phones.ts'
import { openReplica, type Replica } from '../../main/replica/replica.ts'
import { realWorld, type World } from '../../main/world.ts'

export interface PairedPhone {
  phone: Phone
  user: string
  password: string
  /** Value of the Authorization header. */
  authorization: string
  /** URLs of its default address book, default calendar and file library. */
  urls: { carddav: string; caldav: string; files: string }
  /** Path of the default address book, of the default calendar, and of the file library. */
  book: string
  calendar: string
  files: string
}

export interface DavFixture extends AsyncDisposable {
  base: string
  folder: string
  replica: Replica
  phones: PairedPhone[]
  /** The first phone. */
  phone: PairedPhone
  /** Messages and errors that the server logged. */
  logged: unknown[]
  server: Server
  /** What it answers with, for another server. */
  handler: RequestListener
  /** Sends a request as the first phone, or as another. @param path or a whole URL. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
}

export interface SendOptions {
  body?: string | Uint8Array | undefined
  headers?: Record<string, string>
  /** Null sends no credentials. */
  as?: PairedPhone | null
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  bytes: Buffer
}

/** @param names of the phones to pair. */
export async function startDav(
  names: string[] = ['Ada'],
  settings: Partial<DavSettings> = {},
  world: World = realWorld,
): Promise<DavFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-dav-'))
  const replica = openReplica(folder, world)
  const logged: unknown[] = []
  const log = (message: string, error: unknown) => logged.push(message, error)
  const handler = createDavHandler({ replica, ready: () => true, log, ...settings })
  const server = createServer(handler).on('checkContinue', handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const phones: PairedPhone[] = []
  for (const name of names) phones.push(await pair(replica, base, name))
  const phone = phones[0]!
  return {
    base,
    folder,
    replica,
    phones,
    phone,
    logged,
    server,
    handler,
    async send(method, path, { body, headers = {}, as = phone } = {}) {
      const answer = await fetch(new URL(path, base), {
        method,
        headers: as ? { authorization: as.authorization, ...headers } : headers,
        redirect: 'manual',
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return { status: answer.status, headers: answer.headers, text: bytes.toString('utf8'), bytes }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await replica.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function pair(replica: Replica, base: string, name: string): Promise<PairedPhone> {
  const { phone, password } = await addPhone(replica, name)
  const urls = davUrls(base, phone.user)
  return {
    phone,
    user: phone.user,
    password,
    authorization: `Basic ${Buffer.from(`${phone.user}:${password}`).toString('base64')}`,
    urls,
    book: new URL(urls.carddav).pathname,
    calendar: new URL(urls.caldav).pathname,
    files: new URL(urls.files).pathname,
  }
}

/** A small card. */
export function card(uid: string, name = uid): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:${name}\r\nN:${name};;;;\r\nEND:VCARD\r\n`
}

/** A small event. */
export function event(uid: string, start = '20261201T100000Z'): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Sidekeep//test//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20261122T120000Z',
    `DTSTART:${start}`,
    `SUMMARY:${uid}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}
