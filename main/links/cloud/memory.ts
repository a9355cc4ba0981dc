/** What the owner told the link: accounts, subscriptions and files to read, and how things stood with each when it was last asked. */
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { LinkMemory } from '../link.ts'
import { Account } from './accounts.ts'
import { FileSource } from './files/file-sources.ts'
import { Subscription } from './files/subscriptions.ts'
import { Folder } from './folders/folder-sources.ts'
import { Standing } from './standing.ts'

// Null while all is well.
const trouble = { trouble: Standing.nullable() }

const Memory = z.object({
  accounts: z.array(Account.extend(trouble)),
  subscriptions: z.array(Subscription.extend(trouble)),
  files: z.array(FileSource.extend(trouble)),
  folders: z.array(Folder.extend(trouble)),
})

export type Memory = z.infer<typeof Memory>
type List = keyof Memory

const NOTHING: Memory = { accounts: [], subscriptions: [], files: [], folders: [] }

const LISTS = ['accounts', 'subscriptions', 'files', 'folders'] as const satisfies List[]

export function readMemory(memory: LinkMemory): Memory {
  const kept = memory.read()
  return kept === undefined ? NOTHING : Memory.parse(kept)
}

/** A source by its id; undefined when its owner let it go. */
export function findKept<L extends List>(
  memory: LinkMemory,
  list: L,
  id: string,
): Memory[L][number] | undefined {
  return readMemory(memory)[list].find((one) => one.id === id)
}

/** Adds the source, or replaces it; all is well with it. */
export function keep<L extends List>(
  memory: LinkMemory,
  list: L,
  one: Omit<Memory[L][number], 'trouble'>,
): Promise<void> {
  const kept = readMemory(memory)
  const others = kept[list].filter(({ id }) => id !== one.id)
  return memory.write({ ...kept, [list]: [...others, { ...one, trouble: null }] })
}

/** Lets go of a source. */
export function forget(memory: LinkMemory, id: string): Promise<void> {
  return memory.write(mapped(readMemory(memory), (one) => (one.id === id ? [] : [one])))
}

/** Notes how it stands with a source; since when stays while the code does. One that its owner let go meanwhile stays so. */
export async function noteStanding(
  memory: LinkMemory,
  id: string,
  standing: Omit<Standing, 'since'> | null,
  since: number,
): Promise<void> {
  const kept = readMemory(memory)
  const one = LISTS.flatMap((list): { id: string; trouble: Standing | null }[] => kept[list]).find(
    (each) => each.id === id,
  )
  if (!one || (standing === null && one.trouble === null)) return
  const before = one.trouble?.code === standing?.code ? one.trouble : null
  const trouble = standing && { ...standing, since: before?.since ?? since }
  await memory.write(mapped(kept, (each) => [each.id === id ? { ...each, trouble } : each]))
}

function mapped(
  kept: Memory,
  change: <T extends { id: string; trouble: Standing | null }>(one: T) => T[],
): Memory {
  return {
    accounts: kept.accounts.flatMap(change),
    subscriptions: kept.subscriptions.flatMap(change),
    files: kept.files.flatMap(change),
    folders: kept.folders.flatMap(change),
  }
}

/** @throws Problem `not-found` */
export function unknown(): Problem {
  return new Problem('not-found', 'This account is not known.', 'Connect it first.')
}
