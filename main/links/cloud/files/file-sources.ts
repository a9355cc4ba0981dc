/** Files that their owner named as a source: exported cards and calendars, and ZIPs of them. */
import { hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename, isAbsolute, normalize } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../../problem.ts'
import type { Source, SourceState } from '../../link.ts'
import { type Standing, stateOf } from '../standing.ts'

export const FileSource = z.object({ kind: z.literal('file'), id: z.string(), path: z.string() })

export type FileSource = z.infer<typeof FileSource>

/** @throws Problem `bad-input` for what is no place on this computer. */
export function describeFile(options: Readonly<Record<string, string>>): FileSource {
  const { file = '', ...others } = options
  if (Object.keys(others).length > 0 || !isAbsolute(file) || file.includes('\0')) {
    throw new Problem(
      'bad-input',
      'A file needs its whole path, and nothing else.',
      'Give it as in /home/ada/contacts.vcf.',
    )
  }
  const path = normalize(file)
  return { kind: 'file', id: `file-${hash('sha256', path).slice(0, 24)}`, path }
}

/** How it stands at this moment. */
export async function fileSource({
  id,
  path,
  trouble,
}: FileSource & { trouble: Standing | null }): Promise<Source> {
  return {
    link: 'cloud',
    id,
    name: basename(path),
    state: (await isThere(path)) ? stateOf(trouble, 'The file can be read.') : GONE,
    abilities: readOnly(
      'An exported file is only read. Its contacts and events can be sent to an account or a phone.',
    ),
  }
}

/** Contacts and events can be read, and nothing can be written. */
export function readOnly(limit: string): Source['abilities'] {
  const text = { read: true, write: false, limit }
  return {
    contacts: text,
    calendar: text,
    photos: { read: false, write: false, limit: 'Photos are not read from exports.' },
  }
}

const GONE: SourceState = {
  code: 'unreachable',
  sentence: 'The file is not where it was.',
  next: 'Nothing of what is kept here was changed. Put the file back, or connect it where it is now.',
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
