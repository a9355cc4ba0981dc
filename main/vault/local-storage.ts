/** A vault in a folder of this computer, laid out as restic's local backend does. */
import type { Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import { idOf } from './crypto.ts'
import { isAlive } from './lock.ts'
import type { ByteRange, FileKind, Storage, StoredFile } from './storage.ts'

const FOLDERS: Record<Exclude<FileKind, 'config'>, string> = {
  key: 'keys',
  pack: 'data',
  index: 'index',
  snapshot: 'snapshots',
  lock: 'locks',
}
const PACK_FOLDERS = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))
const ID = /^[0-9a-f]{64}$/

// A temporary name tells whose it is: a tag of this machine and the process, so that only the dead's are swept.
const TEMPORARY = /^[0-9a-z]+-tmp-sidekeep-([0-9a-f]{12})-(\d+)-\d+$/
const MACHINE = idOf(Buffer.from(hostname())).slice(0, 12)
let temporaries = 0

/** @param folder need not exist until a vault is made in it. */
export function createLocalStorage(folder: string, world: World): Storage {
  const { durability } = world

  function pathOf(kind: FileKind, id: string): string {
    if (kind === 'config') return join(folder, 'config')
    if (!ID.test(id)) throw new Error(`not an id: ${id}`)
    const parent = join(folder, FOLDERS[kind])
    return kind === 'pack' ? join(parent, id.slice(0, 2), id) : join(parent, id)
  }

  function foldersOf(kind: FileKind): string[] {
    if (kind === 'config') return [folder]
    const parent = join(folder, FOLDERS[kind])
    return kind === 'pack' ? PACK_FOLDERS.map((name) => join(parent, name)) : [parent]
  }

  async function prepare(): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of Object.values(FOLDERS)) await makeFolder(join(folder, name))
    for (const name of PACK_FOLDERS) await makeFolder(join(folder, FOLDERS.pack, name))
    await durability.syncFolder(join(folder, FOLDERS.pack))
    for (let at = folder; first !== undefined && at.length >= first.length; at = dirname(at)) {
      await durability.syncFolder(dirname(at))
    }
    await durability.syncFolder(folder)
  }

  async function list(kind: FileKind): Promise<StoredFile[]> {
    const files: StoredFile[] = []
    for (const parent of foldersOf(kind)) {
      for (const entry of await entriesOf(parent)) {
        const wanted = kind === 'config' ? entry.name === 'config' : ID.test(entry.name)
        if (!wanted || !entry.isFile()) continue
        // It may be gone since the folder was read: locks come and go.
        const found = await stat(join(parent, entry.name)).catch(unlessMissing)
        if (found) files.push({ id: entry.name, size: found.size })
      }
    }
    return files
  }

  async function read(kind: FileKind, id: string, range?: ByteRange): Promise<Buffer> {
    const file = await open(pathOf(kind, id), 'r').catch(unlessMissing)
    if (!file) throw missing(kind, id)
    try {
      const { offset, length } = range ?? { offset: 0, length: (await file.stat()).size }
      const bytes = Buffer.allocUnsafeSlow(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) throw cutShort(kind, id)
        done += bytesRead
      }
      return bytes
    } finally {
      await file.close()
    }
  }

  async function write(kind: FileKind, id: string, bytes: Uint8Array): Promise<void> {
    const path = pathOf(kind, id)
    const parent = dirname(path)
    const temporary = join(
      parent,
      `${basename(path)}-tmp-sidekeep-${MACHINE}-${process.pid}-${++temporaries}`,
    )
    try {
      await writeSynced(temporary, bytes).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' || kind === 'config') throw error
        await mkdir(parent, { recursive: true, mode: 0o700 })
        await durability.syncFolder(dirname(parent))
        await writeSynced(temporary, bytes)
      })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(folder, error) : error
    }
    await durability.syncFolder(parent)
  }

  async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
    const file = await open(path, 'w', 0o600)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done)).bytesWritten
      }
      await durability.syncFile(file)
    } finally {
      await file.close()
    }
  }

  async function remove(kind: FileKind, id: string): Promise<void> {
    const path = pathOf(kind, id)
    await rm(path, { force: true })
    await durability.syncFolder(dirname(path)).catch(unlessMissing)
  }

  async function size(kind: FileKind, id: string): Promise<number> {
    const found = await stat(pathOf(kind, id)).catch(unlessMissing)
    if (!found) throw missing(kind, id)
    return found.size
  }

  async function sweep(): Promise<void> {
    const kinds: FileKind[] = ['config', 'key', 'pack', 'index', 'snapshot', 'lock']
    for (const parent of kinds.flatMap(foldersOf)) {
      for (const { name } of await entriesOf(parent)) {
        const [, machine, pid] = TEMPORARY.exec(name) ?? []
        if (machine === MACHINE && !isAlive(Number(pid))) await rm(join(parent, name), { force: true })
      }
    }
  }

  return { location: folder, prepare, list, read, write, remove, size, sweep }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? []
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function missing(kind: FileKind, id: string): Problem {
  return new Problem('not-found', `The vault has no ${kind} ${id}.`, 'Check the vault.')
}

function cutShort(kind: FileKind, id: string): Problem {
  return new Problem(
    'vault-damaged',
    `The ${kind} ${id} is shorter than it should be.`,
    'Check and repair the vault.',
  )
}

function diskFull(folder: string, cause: unknown): Problem {
  return new Problem('disk-full', `The disk that holds ${folder} is full.`, 'Make room and start again.', {
    cause,
  })
}
