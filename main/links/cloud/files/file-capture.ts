/** Captures a file of cards or calendars, or a ZIP of such files, as a whole. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import type { CapturedItem } from '../../../replica/capture.ts'
import { splitCalendars } from '../../../replica/split/calendars.ts'
import { splitCards } from '../../../replica/split/cards.ts'
import type { CaptureSink } from '../../link.ts'
import { type Unpacked, unpack } from './zip.ts'

type Kind = 'contacts' | 'calendar'

/**
 * All cards make one list, since exports have one file for each group with the same cards in them; each calendar is its own.
 * @throws Problem `unreachable` when it is not there, `bad-input` when it holds nothing that we know.
 */
export async function captureFile(
  path: string,
  kinds: ReadonlySet<string>,
  sink: CaptureSink,
  watch: Watch,
): Promise<void> {
  await withParts(path, async (parts) => {
    const cards = parts.filter(({ kind }) => kind === 'contacts')
    const lists = [
      ...(cards.length > 0
        ? [{ kind: 'contacts' as const, id: 'cards', displayName: titleOf(path), parts: cards }]
        : []),
      ...parts
        .filter(({ kind }) => kind === 'calendar')
        .map((part) => ({ kind: part.kind, id: part.name, displayName: titleOf(part.name), parts: [part] })),
    ]
    for (const { parts: from, ...list } of lists) {
      stopIfAsked(watch)
      if (kinds.has(list.kind))
        await sink.collection({ ...list, items: itemsOf(from, watch), complete: true })
    }
  })
}

interface Part extends Unpacked {
  kind: Kind
}

/** What the file holds. @throws Problem as `captureFile` does. */
export async function checkFile(path: string): Promise<void> {
  await withParts(path, async () => undefined)
}

async function withParts(path: string, work: (parts: Part[]) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-unpacked-'))
  try {
    const isZip = (await startOf(path)).startsWith('PK')
    const files = isZip ? await unpack(path, folder) : [{ name: basename(path), path }]
    const parts: Part[] = []
    for (const file of files) {
      const kind = await kindOf(file.path)
      if (kind) parts.push({ ...file, kind })
    }
    if (parts.length === 0) throw nothingIn(path)
    await work(parts)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function kindOf(path: string): Promise<Kind | undefined> {
  return withFile(path, async (file) => {
    for await (const _ of splitCards(file)) return 'contacts'
    for await (const _ of splitCalendars(file)) return 'calendar'
    return undefined
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

function nothingIn(path: string): Problem {
  return new Problem(
    'bad-input',
    `${basename(path)} holds neither contacts nor a calendar.`,
    'Give a .vcf or .ics file, or the .zip of a Google Takeout with contacts or calendars.',
  )
}
