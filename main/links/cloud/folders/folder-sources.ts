/** Folders of photos at WebDAV servers, such as the one that a Nextcloud app uploads to. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../../../problem.ts'
import type { Source } from '../../link.ts'
import { type Standing, stateOf } from '../standing.ts'
import { checkScheme } from '../trust.ts'
import { decoded } from './folder-listing.ts'

export const Folder = z.object({ kind: z.literal('folder'), id: z.string(), url: z.url(), user: z.string() })

export type Folder = z.infer<typeof Folder>

const Options = z.strictObject({ folder: z.string().max(4000), user: z.string().min(1).max(1000) })

/** @throws Problem `bad-input` for what is no address that can be read safely. */
export function describeFolder(options: Readonly<Record<string, string>>): Folder {
  const read = Options.safeParse(options)
  const url = read.success ? URL.parse(read.data.folder) : null
  if (!read.success || !url || url.hostname === '' || url.username !== '' || url.password !== '') {
    throw new Problem(
      'bad-input',
      'A folder needs its address and a user, and nothing else.',
      'Give it as in folder=https://cloud.example/remote.php/dav/files/ada/Photos/ user=ada.',
    )
  }
  checkScheme(url)
  url.hash = ''
  url.search = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const { user } = read.data
  const id = `folder-${hash('sha256', JSON.stringify([url.href, user])).slice(0, 24)}`
  return { kind: 'folder', id, url: url.href, user }
}

export function folderSource({ id, url, user, trouble }: Folder & { trouble: Standing | null }): Source {
  const none = { read: false, write: false, limit: 'A folder holds photos and videos.' }
  const { host, pathname } = new URL(url)
  const name = pathname.split('/').filter(Boolean).at(-1)
  return {
    link: 'cloud',
    id,
    name: `${name === undefined ? 'Photos' : decoded(name)} of ${user} at ${host}`,
    state: stateOf(trouble, 'The folder can be read.'),
    abilities: {
      contacts: none,
      calendar: none,
      photos: { read: true, write: true, limit: 'A file that is there already is never written over.' },
    },
  }
}
