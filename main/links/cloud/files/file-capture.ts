/** Captures a file of cards or calendars, or a ZIP of such files, as a whole. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import type { CapturedItem } from '../../../replica/capture.ts'
import { findCalendars } from '../../../replica/split/calendar-scan.ts'
import { splitCalendars } from '../../../replica/split/calendars.ts'
import { splitCards } from '../../../replica/split/cards.ts'
import type { CaptureSink } from '../../link.ts'
import { readCalendarName } from './calendar-name.ts'
import { type Unpacked, unpack } from './zip.ts'

type Kind = 'contacts' | 'calendar'

/** A file, and how its owner knows it, such as `contacts.vcf`. */
export interface NamedFile extends Unpacked {
  /** For a list that has no name of its own. */
  title: string
}

/** @param path of the file, by which its owner knows it. */
export function namedFile(path: string): NamedFile {
  return { path, name: basename(path), title: titleOf(path) }
}

/**
 * All cards make one list, since exports have one file for each group with the same cards in them; each calendar is its own.
 * @throws Problem `unreachable` when it is not there, `bad-input` when it holds nothing that we know.
 */
export async function captureFile(
  file: NamedFile,
  kinds: ReadonlySet<string>,
  sink: CaptureSink,
  watch: Watch,
): Promise<void> {
  await withParts(file, async (parts) => {
    const lists = (await listsOf(file, parts)).filter(({ kind }) => kinds.has(kind))
    for (const { parts: from, ...list } of lists) {
      stopIfAsked(watch)
      await sink.collection({ ...list, items: itemsOf(from, watch), complete: true })
    }
    for (const kind of ['contacts', 'calendar'] as const) {
      const ids = lists.filter((list) => list.kind === kind).map(({ id }) => id)
      if (kinds.has(kind)) sink.listed(kind, ids)
    }
  })
}

interface Part extends Unpacked {
  kind: Kind
}

interface List {
  kind: Kind
  id: string
  displayName: string
  parts: Part[]
}

async function listsOf(file: NamedFile, parts: readonly Part[]): Promise<List[]> {
  const cards = parts.filter(({ kind }) => kind === 'contacts')
  const lists: List[] =
    cards.length > 0 ? [{ kind: 'contacts', id: 'cards', displayName: file.title, parts: cards }] : []
  for (const part of parts.filter(({ kind }) => kind === 'calendar')) {
    const title = part.path === file.path ? file.title : titleOf(part.name)
    const displayName = (await withFile(part.path, readCalendarName)) ?? title
    lists.push({ kind: 'calendar', id: part.name, displayName, parts: [part] })
  }
  return lists
}

/** What the file holds. @throws Problem as `captureFile` does. */
export async function checkFile(file: NamedFile): Promise<void> {
  await withParts(file, async () => undefined)
}

async function withParts(file: NamedFile, work: (parts: Part[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-unpacked-'))
  try {
    const isZip = (await startOf(file.path)).startsWith('PK')
    const files = isZip ? await unpack(file.path, folder) : [file]
    const parts: Part[] = []
    for (const { name, path } of files) {
      const kind = await kindOf(path)
      if (kind) parts.push({ name, path, kind })
    }
    if (parts.length === 0) throw nothingIn(file)
    await work(parts)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function kindOf(path: string): Promise<Kind | undefined> {
  return withFile(path, async (file) => {
    for await (const _ of splitCards(file)) return 'contacts'
    // One without entries is a calendar as well.
    return (await findCalendars(file)).length > 0 ? 'calendar' : undefined
  })
}

async function* itemsOf(parts: readonly Part[], watch: Watch): AsyncGenerator<CapturedItem> {
  for (const { path, kind } of parts) {
    const file = await open(path)
    try {
      for await (const bytes of kind === 'contacts' ? splitCards(file) : splitCalendars(file)) {
        stopIfAsked(watch)
        yield { bytes }
      }
    } finally {
      await file.close()
    }
  }
}

async function startOf(path: string): Promise<string> {
  return withFile(path, async (file) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1', 0, bytesRead)
  })
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw missing(path, cause)
  })
  try {
    if (!(await file.stat()).isFile()) throw missing(path, new Error('it is no file'))
    return await work(file)
  } finally {
    await file.close()
  }
}

function titleOf(path: string): string {
  return basename(path, extname(path))
}

function missing(path: string, cause: Error): Problem {
  return new Problem(
    'unreachable',
    `${basename(path)} can’t be read: ${cause.message}.`,
    'Nothing of what is kept here was changed. Put the file back where it was, or connect it where it is now.',
    { cause },
  )
}

function nothingIn({ name }: NamedFile): Problem {
  return new Problem(
    'bad-input',
    `${name} holds neither contacts nor a calendar.`,
    'Give a .vcf or .ics file, or the .zip of a Google Takeout with contacts or calendars.',
  )
}
