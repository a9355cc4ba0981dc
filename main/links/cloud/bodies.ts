/** Fetches cards and calendar objects: many in one request where the server can, one by one what it left out. */
import { CALDAV, CARDDAV, DAV } from '../../formats/dav-namespaces.ts'
import { escapeText, textOf } from '../../formats/xml.ts'
import { Problem } from '../../problem.ts'
import { stopIfAsked, type Watch } from '../../progress.ts'
import type { RemoteCollection } from './collections.ts'
import { troubled } from './discovery.ts'
import { askDav, DavRefusal, findProperty, readProperty } from './multistatus.ts'
import { TooLarge, type Transport } from './transport.ts'

export interface Body {
  path: string
  etag: string
  bytes: Buffer
}

/** It was listed, and could not be had. */
export interface NoBody {
  path: string
  /** 404 when it went away in between. */
  status: number
}

/** As many are asked for at once. */
export const BATCH = 100

/** @throws Problem when the server is down. */
export async function* fetchBodies(
  transport: Transport,
  remote: RemoteCollection,
  paths: readonly string[],
  watch: Watch,
): AsyncGenerator<Body | NoBody> {
  for (let at = 0; at < paths.length; at += BATCH) {
    stopIfAsked(watch)
    const wanted = paths.slice(at, at + BATCH)
    const found = await multiget(transport, remote, wanted)
    for (const path of wanted) yield found.get(path) ?? (await get(transport, new URL(path, remote.url)))
  }
}

const BUSY = new Set([429, 502, 503, 504])

async function multiget(
  transport: Transport,
  remote: RemoteCollection,
  paths: readonly string[],
): Promise<Map<string, Body>> {
  const isBook = remote.kind === 'contacts'
  const [namespace, report, data] = isBook
    ? [CARDDAV, 'addressbook-multiget', 'address-data']
    : [CALDAV, 'calendar-multiget', 'calendar-data']
  const hrefs = paths.map((path) => `<d:href>${escapeText(path)}</d:href>`).join('\n')
  const body = `<?xml version="1.0" encoding="utf-8"?>
<c:${report} xmlns:d="${DAV}" xmlns:c="${namespace}"><d:prop><d:getetag/><c:${data}/></d:prop>
${hrefs}</c:${report}>`
  try {
    const { resources } = await askDav(transport, 'REPORT', remote.url, 1, body)
    const found = new Map<string, Body>()
    for (const resource of resources) {
      const element = findProperty(resource, namespace, data)
      const etag = readProperty(resource, DAV, 'getetag')
      const bytes = element ? Buffer.from(textOf(element)) : undefined
      if (bytes && bytes.length > 0 && etag !== null) {
        found.set(resource.path, { path: resource.path, etag, bytes })
      }
    }
    return found
  } catch (error) {
    // A server without this report has GET all the same, and that brings large ones one by one. One that is busy is left in peace.
    const isTooLarge = error instanceof Problem && error.cause instanceof TooLarge
    if ((error instanceof DavRefusal && !BUSY.has(error.status)) || isTooLarge) return new Map()
    throw error
  }
}

async function get(transport: Transport, url: URL): Promise<Body | NoBody> {
  const { status, headers, body } = await transport.send('GET', url)
  if (status === 200) return { path: url.pathname, etag: headers.get('etag') ?? '', bytes: body }
  if (status >= 500) throw troubled(url, status)
  return { path: url.pathname, status }
}
