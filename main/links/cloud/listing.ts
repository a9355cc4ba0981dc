/** What a collection holds now, by the cheapest way its server knows: sync-collection since a token, its CTag, or all ETags. */
import { DAV } from '../../formats/dav-namespaces.ts'
import { escapeText, findChild } from '../../formats/xml.ts'
import { Problem } from '../../problem.ts'
import type { RemoteCollection } from './collections.ts'
import {
  askDav,
  DavRefusal,
  findProperty,
  type Multistatus,
  type Resource,
  readProperty,
} from './multistatus.ts'
import type { Transport } from './transport.ts'

export interface Listing {
  /** ETag by path, of everything that is there; '' where the server tells none. */
  etags: Map<string, string>
  syncToken: string | null
  ctag: string | null
  /** The server no longer knows the state in which we left it. */
  lostTrack: boolean
}

/** How it was left. */
export interface Left {
  etags: ReadonlyMap<string, string>
  syncToken: string | null
  ctag: string | null
}

/** @throws Problem when the server is down; DavRefusal when it can't list at all. */
export async function list(
  transport: Transport,
  remote: RemoteCollection,
  left: Left | undefined,
): Promise<Listing> {
  let lostTrack = false
  if (left?.syncToken && remote.syncToken) {
    if (left.syncToken === remote.syncToken) return { ...left, etags: new Map(left.etags), lostTrack }
    const changes = await sync(transport, remote, left.syncToken)
    if (changes) return { ...apply(left.etags, changes), ctag: remote.ctag, lostTrack }
    lostTrack = true
  }
  if (!remote.syncToken && left?.ctag && left.ctag === remote.ctag) {
    return { ...left, etags: new Map(left.etags), lostTrack }
  }
  if (remote.syncToken) {
    const all = await sync(transport, remote, '')
    if (all) return { ...apply(new Map(), all), ctag: remote.ctag, lostTrack }
  }
  const { resources } = await askDav(transport, 'PROPFIND', remote.url, 1, ETAGS)
  if (resources.length === 0) throw new DavRefusal(404)
  const etags = new Map(
    resources.filter((one) => isMember(one, remote)).map((one) => [one.path, etagOf(one)]),
  )
  return { etags, syncToken: null, ctag: remote.ctag, lostTrack }
}

const ETAGS = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="${DAV}"><d:prop><d:getetag/><d:resourcetype/></d:prop></d:propfind>`

const MOST_ROUNDS = 10_000

interface Changes {
  resources: Resource[]
  syncToken: string
}

/** @returns undefined when the server does not take the token; some answer a wrong one with 500. */
async function sync(
  transport: Transport,
  remote: RemoteCollection,
  since: string,
): Promise<Changes | undefined> {
  const found: Resource[] = []
  let token = since
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let answer: Multistatus
    try {
      answer = await askDav(transport, 'REPORT', remote.url, 0, syncBody(token))
    } catch (error) {
      if (error instanceof DavRefusal) return undefined
      throw error
    }
    if (!answer.syncToken) return undefined
    found.push(...answer.resources.filter((one) => isMember(one, remote)))
    // 507 for the collection itself says that there is more (RFC 6578, 3.6).
    const goesOn = answer.resources.some(({ path, status }) => status === 507 && path === remote.url.pathname)
    if (!goesOn) return { resources: found, syncToken: answer.syncToken }
    if (answer.syncToken === token) break
    token = answer.syncToken
  }
  throw new Problem(
    'unreachable',
    `${remote.url.host} does not come to an end with its list of changes.`,
    'Nothing of what is kept here was changed. It will be tried again.',
  )
}

function syncBody(token: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<d:sync-collection xmlns:d="${DAV}"><d:sync-token>${escapeText(token)}</d:sync-token>
<d:sync-level>1</d:sync-level><d:prop><d:getetag/><d:resourcetype/></d:prop></d:sync-collection>`
}

function apply(before: ReadonlyMap<string, string>, { resources, syncToken }: Changes) {
  const etags = new Map(before)
  for (const resource of resources) {
    if (resource.status === 404) etags.delete(resource.path)
    else etags.set(resource.path, etagOf(resource))
  }
  return { etags, syncToken }
}

function isMember(resource: Resource, { url }: RemoteCollection): boolean {
  const type = findProperty(resource, DAV, 'resourcetype')
  const isCollection = type !== undefined && findChild(type, DAV, 'collection') !== undefined
  return resource.path !== url.pathname && !resource.path.endsWith('/') && !isCollection
}

function etagOf(resource: Resource): string {
  return readProperty(resource, DAV, 'getetag') ?? ''
}
