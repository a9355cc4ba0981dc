/** What lies in a WebDAV folder and all folders below it (RFC 4918, 9.1). */
import { DAV } from '../../../formats/dav-namespaces.ts'
import { findChild } from '../../../formats/xml.ts'
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import { askDav, DavRefusal, findProperty, type Resource, readProperty } from '../multistatus.ts'
import type { Transport } from '../transport.ts'

export interface RemoteFile {
  url: URL
  /** Below the folder, with `/` between names. */
  path: string
  size: number
  /** Milliseconds since 1970, whole seconds. */
  modifiedAt: number
}

const PROPERTIES = `<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="${DAV}"><d:prop><d:resourcetype/><d:getcontentlength/><d:getlastmodified/></d:prop></d:propfind>`

const MOST_FILES = 1_000_000
const DEEPEST = 50

/**
 * All files, the newest first. Names that begin with a dot are passed over.
 * @param missed hears of folders that may not be read. @throws Problem `unreachable` when the folder itself can't be read.
 */
export async function listFolder(
  transport: Transport,
  root: URL,
  missed: (path: string, reason: string) => void,
  watch: Watch,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = []
  const folders = [{ url: root, path: '', depth: 0 }]
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    stopIfAsked(watch)
    const { url, path, depth } = folder
    for (const resource of await membersOf(transport, url, path, missed)) {
      const name = nameOf(resource, url)
      if (name === undefined || name.startsWith('.')) continue
      const below = path === '' ? name : `${path}/${name}`
      const type = findProperty(resource, DAV, 'resourcetype')
      if (type && findChild(type, DAV, 'collection')) {
        if (depth < DEEPEST)
          folders.push({
            url: new URL(`${resource.path.replace(/\/?$/, '/')}`, url),
            path: below,
            depth: depth + 1,
          })
        else missed(below, 'It lies too deep.')
        continue
      }
      const size = Number(readProperty(resource, DAV, 'getcontentlength') ?? Number.NaN)
      const modifiedAt = Date.parse(readProperty(resource, DAV, 'getlastmodified') ?? '')
      if (Number.isSafeInteger(size) && size >= 0 && !Number.isNaN(modifiedAt))
        files.push({ url: new URL(resource.path, url), path: below, size, modifiedAt })
      else missed(below, 'The server does not tell its size and time.')
      if (files.length > MOST_FILES) throw tooMany(root)
    }
  }
  return files.sort((a, b) => b.modifiedAt - a.modifiedAt || (a.path < b.path ? -1 : 1))
}

async function membersOf(
  transport: Transport,
  url: URL,
  path: string,
  missed: (path: string, reason: string) => void,
): Promise<Resource[]> {
  try {
    return (await askDav(transport, 'PROPFIND', url, 1, PROPERTIES)).resources
  } catch (error) {
    if (!(error instanceof DavRefusal)) throw error
    if (path === '' || error.status >= 500) throw refused(url, error.status)
    missed(path, error.message)
    return []
  }
}

/** Its name, when it lies right in the folder. */
function nameOf({ path }: Resource, { pathname }: URL): string | undefined {
  const names = (at: string) => at.split('/').filter(Boolean).map(decoded)
  const folder = names(pathname)
  const all = names(path)
  const isInside = all.length === folder.length + 1 && folder.every((name, n) => name === all[n])
  return isInside ? all.at(-1) : undefined
}

/** A name in a path as people read it; one that is not UTF-8 stays as it is. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

export function refused(url: URL, status: number): Problem {
  return new Problem(
    'unreachable',
    `${url.host} answers ${status} for the folder.`,
    'Nothing of what is kept here was changed. See whether the folder is still there.',
  )
}

function tooMany({ host }: URL): Problem {
  return new Problem('unreachable', `The folder at ${host} does not come to an end.`, 'Choose a smaller one.')
}
