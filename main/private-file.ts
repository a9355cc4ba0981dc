/** Small files that only their owner may read, written so that a crash leaves the old or the new one, whole. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { World } from './world.ts'

/** Undefined when there is no such file. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Resolves once the file is durable. */
export async function writePrivate(world: World, path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${world.random(6).toString('hex')}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await world.durability.syncFile(file)
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await world.durability.syncFolder(dirname(path))
}

export async function removePrivate(path: string): Promise<void> {
  await rm(path, { force: true })
}
