/** Syncs the photo folder over plain WebDAV: sends only new photos, with their times, and fetches those the phone lacks. */
import { type DavAnswer, type DavSession, HttpError } from './dav-session.ts'
import { childOf, DAV, type Multistatus, propertyOf, readMultistatus } from './dav-xml.ts'
import type { PhonePhoto, PhoneStore } from './phone-store.ts'
import type { Tally } from './tally.ts'

/**
 * One run over all photos. A photo that vanished on the server stays on the phone: no camera roll is emptied from outside.
 * @param folder URL of the phone's photo folder on the server, with a slash at its end.
 * @throws ConnectionLost or HttpError; what was done before stays done, and the next run goes on.
 */
export async function syncPhotos(
  session: DavSession,
  folder: URL,
  store: PhoneStore,
  tally: Tally,
): Promise<void> {
  for (const photo of [...store.photos.values()].filter(({ deleted }) => deleted)) {
    await session.request('DELETE', urlOf(folder, photo.path), { accept: [404] })
    store.photos.delete(photo.path)
    tally.deletedThere++
  }
  const knownFolders = new Set<string>()
  for (const photo of [...store.photos.values()].filter(({ etag }) => etag === null)) {
    await sendPhoto(session, folder, store, photo, knownFolders)
    tally.uploaded++
  }
  for (const { path, etag } of await listPhotos(session, folder)) {
    const local = store.photos.get(path)
    if (local && (local.deleted || local.etag === null || local.etag === etag)) continue
    store.photos.set(path, await fetchPhoto(session, folder, path))
    tally.downloaded++
  }
}

function urlOf(folder: URL, path: string): URL {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), folder)
}

// A photo of the same name may be ours, with its answer lost, or another one: then ours takes a free name. None is overwritten.
async function sendPhoto(
  session: DavSession,
  folder: URL,
  store: PhoneStore,
  photo: PhonePhoto,
  knownFolders: Set<string>,
): Promise<void> {
  for (;;) {
    const url = urlOf(folder, photo.path)
    const head = await session.request('HEAD', url, { accept: [404] })
    if (head.status === 404) {
      await makeParents(session, folder, photo.path, knownFolders)
      await putPhoto(session, url, photo)
      photo.etag = await askEtag(session, url)
      return
    }
    const there = await session.request('GET', url)
    if (there.body.equals(photo.data)) {
      photo.etag = etagOf(there)
      return
    }
    store.photos.delete(photo.path)
    photo.path = nextName(photo.path)
    store.photos.set(photo.path, photo)
  }
}

async function putPhoto(session: DavSession, url: URL, photo: PhonePhoto): Promise<void> {
  await session.request('PUT', url, {
    headers: {
      'Content-Type': 'image/jpeg',
      'X-OC-Mtime': String(photo.modifiedAt),
      'OC-Total-Length': String(photo.data.length),
      'If-None-Match': '*',
    },
    body: photo.data,
  })
}

// Uploaders don't trust the answer to a PUT: they ask for the file's properties, as the Nextcloud app does.
async function askEtag(session: DavSession, url: URL): Promise<string> {
  const { responses } = await askProperties(session, url, 0)
  const etag = responses[0] && propertyOf(responses[0], DAV, 'getetag')?.text.trim()
  if (!etag) throw new Error(`The server gave ${url.pathname} without an ETag.`)
  return etag
}

async function askProperties(session: DavSession, url: URL, depth: 0 | 1): Promise<Multistatus> {
  const { body } = await session.request('PROPFIND', url, {
    headers: { Depth: String(depth), 'Content-Type': 'application/xml; charset=utf-8' },
    body:
      `<?xml version="1.0" encoding="UTF-8"?><propfind xmlns="${DAV}"><prop>` +
      '<resourcetype/><getetag/><getcontentlength/><getlastmodified/></prop></propfind>',
  })
  return readMultistatus(body)
}

async function makeParents(
  session: DavSession,
  folder: URL,
  path: string,
  known: Set<string>,
): Promise<void> {
  const parents = path.split('/').slice(0, -1)
  for (let depth = 1; depth <= parents.length; depth++) {
    const parent = `${parents.slice(0, depth).join('/')}/`
    if (known.has(parent)) continue
    // 405: it is there already.
    await session.request('MKCOL', urlOf(folder, parent), { accept: [405] })
    known.add(parent)
  }
}

function nextName(path: string): string {
  const [, stem, number, extension] = /^(.*?)(?: \((\d+)\))?(\.[^.]*)?$/.exec(path)!
  return `${stem} (${Number(number ?? 1) + 1})${extension ?? ''}`
}

interface RemotePhoto {
  path: string
  etag: string
}

async function listPhotos(session: DavSession, folder: URL, at: URL = folder): Promise<RemotePhoto[]> {
  const { responses } = await askProperties(session, at, 1)
  const photos: RemotePhoto[] = []
  for (const response of responses) {
    const url = new URL(response.href, at)
    if (url.pathname.replace(/\/$/, '') === at.pathname.replace(/\/$/, '')) continue
    const type = propertyOf(response, DAV, 'resourcetype')
    if (type && childOf(type, DAV, 'collection')) {
      photos.push(...(await listPhotos(session, folder, url)))
    } else {
      const etag = propertyOf(response, DAV, 'getetag')?.text.trim()
      if (!etag) throw new Error(`The server listed ${response.href} without an ETag.`)
      photos.push({ path: decodeURIComponent(url.pathname.slice(folder.pathname.length)), etag })
    }
  }
  return photos
}

async function fetchPhoto(session: DavSession, folder: URL, path: string): Promise<PhonePhoto> {
  const answer = await session.request('GET', urlOf(folder, path))
  const modifiedAt = Date.parse(answer.headers['last-modified'] ?? '') / 1000
  if (Number.isNaN(modifiedAt)) throw new Error(`The server gave ${path} without a time.`)
  return { path, data: answer.body, modifiedAt, etag: etagOf(answer), deleted: false }
}

function etagOf(answer: DavAnswer): string {
  if (!answer.headers.etag) throw new HttpError('A photo without ETag', answer)
  return answer.headers.etag
}
