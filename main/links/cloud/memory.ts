/** What the owner told the link: accounts, subscriptions, folders and files to read, and how things stood with each when it was last asked. */
import { z } from 'zod'
import type { LinkMemory } from '../link.ts'
import { Account } from './accounts.ts'
import { FileSource } from './files/file-sources.ts'
import { Subscription } from './files/subscriptions.ts'
import { Folder } from './folders/folder-sources.ts'
import { Standing } from './standing.ts'

const Described = z.discriminatedUnion('kind', [Account, Subscription, Folder, FileSource])
// Null while all is well.
const Kept = z.object({ described: Described, trouble: Standing.nullable() })
const Memory = z.array(Kept)

/** A source as its owner described it. */
export type Described = z.infer<typeof Described>
export type Kept = z.infer<typeof Kept>

/** All of them, in the order in which they were named. */
export function readMemory(memory: LinkMemory): Kept[] {
  return Memory.parse(memory.read() ?? [])
}

/** Adds the source, or replaces it; all is well with it. */
export async function keep(memory: LinkMemory, described: Described): Promise<Kept> {
  const kept = { described, trouble: null }
  await memory.write([...others(memory, described.id), kept])
  return kept
}

/** Lets go of a source. */
export function forget(memory: LinkMemory, id: string): Promise<void> {
  return memory.write(others(memory, id))
}

function others(memory: LinkMemory, id: string): Kept[] {
  return readMemory(memory).filter(({ described }) => described.id !== id)
}

/** Notes how it stands with a source; since when stays while the code does. One that its owner let go meanwhile stays so. */
export async function noteStanding(
  memory: LinkMemory,
  id: string,
  standing: Omit<Standing, 'since'> | null,
  since: number,
): Promise<void> {
  const all = readMemory(memory)
  const kept = all.find(({ described }) => described.id === id)
  if (!kept || (standing === null && kept.trouble === null)) return
  const before = kept.trouble?.code === standing?.code ? kept.trouble : null
  kept.trouble = standing && { ...standing, since: before?.since ?? since }
  await memory.write(all)
}
