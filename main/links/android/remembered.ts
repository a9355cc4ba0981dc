/** What their owner told us of Android phones: where those are that we reach without an ADB server, and folders to read besides the usual ones. */
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { LinkMemory, Source } from '../link.ts'

const shape = z.object({
  /** Phones by their address. */
  direct: z.array(z.object({ address: z.string(), id: z.string(), name: z.string() })),
  /** By the phone's id: paths below its storage. */
  folders: z.record(z.string(), z.array(z.string())),
})

export type Remembered = z.infer<typeof shape>

const MOST_FOLDERS = 50

export function recall(memory: LinkMemory): Remembered {
  const known = shape.safeParse(memory.read())
  return known.success ? known.data : { direct: [], folders: {} }
}

/** @param address under which it was reached. */
export async function rememberDirect(memory: LinkMemory, address: string, source: Source): Promise<void> {
  const { direct, ...rest } = recall(memory)
  const others = direct.filter((one) => one.address !== address && one.id !== source.id)
  await memory.write({ ...rest, direct: [...others, { address, id: source.id, name: source.name }] })
}

export async function forgetDirect(memory: LinkMemory, id: string): Promise<void> {
  const { direct, ...rest } = recall(memory)
  await memory.write({ ...rest, direct: direct.filter((one) => one.id !== id) })
}

/**
 * @param list with commas between them, as `Download,Android/media/com.whatsapp`; empty for none.
 * @throws Problem `bad-input` for what is no folder of a phone's storage.
 */
export async function rememberFolders(memory: LinkMemory, id: string, list: string): Promise<void> {
  const wanted = list.split(',').map((folder) => folder.trim().replace(/^\/sdcard\/|^\/+|\/+$/g, ''))
  const folders = wanted.filter((folder) => folder !== '')
  const isFolder = (path: string) => path.split('/').every((part) => !['', '.', '..'].includes(part))
  if (folders.length > MOST_FOLDERS || folders.some((path) => !isFolder(path) || path.includes('\0'))) {
    throw new Problem(
      'bad-input',
      'These are no folders of a phone.',
      'Name them as the phone’s file manager does, with commas between them, such as Download,Music.',
    )
  }
  const known = recall(memory)
  await memory.write({ ...known, folders: { ...known.folders, [id]: folders } })
}
