/**
 * Files that come in pieces, over days if need be: each in a folder of its phone, hashed as it grows. What is said to be here is on
 * the disk. Unlike other uploads they survive a restart; those that nobody goes on with are swept.
 */
import { constants, createReadStream } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import { diskFull, type ReceivedFile } from './files.ts'
import type { GrowingHash } from './intake.ts'
import type { Replica } from './replica.ts'
import { eachChunk, streamIn } from './stream-in.ts'

/** An unfinished file that no byte came for in this time is thrown away, in milliseconds. */
export const PARTIAL_LIFETIME = 7 * 86_400_000

/** What the file ends in that says what was announced; the one with the bytes comes with the first of them. */
const ANNOUNCED = '.json'

const announcedSchema = z.object({
  /** Bytes of the whole file. */
  size: z.number().int().nonnegative(),
  /** What its sender said of it. */
  metadata: z.record(z.string(), z.string().nullable()),
})
type Announced = z.infer<typeof announcedSchema>

export interface PartialFile extends Announced {
  id: string
  /** Bytes that are here for good. */
  offset: number
  /** When the last of them came: milliseconds since 1970. */
  usedAt: number
}

/** The unfinished files of one phone. Who calls sees to it that only one works on a file at a time. */
export interface PartialFiles {
  /** How many there are. */
  count(): Promise<number>
  /** The one that rested longest; undefined when there is none. */
  oldest(): Promise<PartialFile | undefined>
  create(id: string, announced: Announced): Promise<void>
  find(id: string): Promise<PartialFile | undefined>
  /**
   * Adds bytes at the end; resolves with the new offset once they are synced. When the bytes break off, those that came are kept all the
   * same, and it rejects with the reason.
   * @throws Problem `disk-full`, and what had room is kept; `bad-input` for more than was announced.
   */
  append(id: string, bytes: Readable): Promise<number>
  /** SHA-256 of the bytes that are here, hex. */
  hash(id: string): Promise<string>
  /** Hands a whole file over as one that was received, and keeps it here as well until it is discarded. */
  handOver(id: string): Promise<ReceivedFile>
  discard(id: string): Promise<void>
}

interface Growing {
  announced: Announced
  offset: number
  usedAt: number
  hash: GrowingHash
  /** Its names are on the disk as well, so that it is found again after a power cut. */
  durable: boolean
}

/** @param phoneId its folder's name: letters and digits. */
export function openPartialFiles(replica: Replica, phoneId: string): PartialFiles {
  const { world } = replica
  const folder = join(replica.partial, phoneId)
  // Hashes under way; after a restart they are made again from the disk.
  const growing = new Map<string, Growing>()
  const bytesPath = (id: string) => join(folder, id)
  const announcedPath = (id: string) => join(folder, id + ANNOUNCED)

  async function ids(): Promise<string[]> {
    const names = await readdir(folder).catch(noEntries)
    return names.filter((name) => name.endsWith(ANNOUNCED)).map((name) => name.slice(0, -ANNOUNCED.length))
  }

  async function grow(id: string): Promise<Growing | undefined> {
    const known = growing.get(id) ?? (await load(id))
    if (known) growing.set(id, known)
    return known
  }

  async function load(id: string): Promise<Growing | undefined> {
    const announced = await readAnnounced(announcedPath(id))
    if (!announced) return undefined
    const hash = replica.intake.hash()
    const found = await stat(bytesPath(id)).catch(ifMissing)
    if (!found) return { announced, offset: 0, usedAt: await usedAt(announcedPath(id)), hash, durable: false }
    // The engine may have ended between a write and its sync.
    await syncAt(bytesPath(id))
    const reader = hash.writer(null)
    const brokenBy = await eachChunk(
      createReadStream(bytesPath(id), { highWaterMark: 256 * 1024 }),
      reader.add,
    )
    if (brokenBy) throw brokenBy
    await reader.end()
    return { announced, offset: found.size, usedAt: found.mtimeMs, hash, durable: false }
  }

  async function syncAt(path: string): Promise<void> {
    const file = await open(path, 'r+')
    await world.durability.syncFile(file).finally(() => file.close())
  }

  async function existing(id: string): Promise<Growing> {
    const one = await grow(id)
    if (!one) throw new Error(`no partial file ${id}`)
    return one
  }

  /** @returns why the bytes broke off; what came is synced then as well. */
  async function appendTo(file: FileHandle, one: Growing, bytes: Readable): Promise<Error | undefined> {
    const before = one.offset
    const sync = () =>
      world.durability.syncFile(file).catch(async (error: unknown) => {
        // What a sync failed for may look written and not be; it has to come again.
        await file.truncate(before)
        throw error
      })
    const take = ({ length }: Buffer) => {
      if (one.offset + length > one.announced.size) throw tooMuch(one.announced.size)
      one.offset += length
    }
    // What was written before it failed stays, and is synced by the next who looks.
    const brokenBy = await streamIn(bytes, one.hash.writer(file), take, sync, release)
    await sync()
    return brokenBy
  }

  // The bytes are of no use after a power cut without their names and what was announced.
  async function keepNames(id: string, one: Growing): Promise<void> {
    if (one.durable) return
    await syncAt(announcedPath(id))
    await world.durability.syncFolder(folder)
    one.durable = true
  }

  async function find(id: string): Promise<PartialFile | undefined> {
    const one = await grow(id)
    return one && { id, ...one.announced, offset: one.offset, usedAt: one.usedAt }
  }

  return {
    find,
    count: async () => (await ids()).length,
    async oldest() {
      const all = await Promise.all(
        (await ids()).map(async (id) => ({ id, at: await lastUse(bytesPath(id)) })),
      )
      const [first] = all.sort((a, b) => a.at - b.at)
      return first && find(first.id)
    },
    async create(id, announced) {
      const begin = () => writeFile(announcedPath(id), JSON.stringify(announced), { flag: 'wx', mode: 0o600 })
      await begin().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await begin()
      })
      if (announced.size === 0) await writeFile(bytesPath(id), '', { mode: 0o600 })
      const hash = replica.intake.hash()
      growing.set(id, { announced, offset: 0, usedAt: world.now(), hash, durable: false })
    },
    async append(id, bytes) {
      const one = await existing(id)
      const before = one.offset
      // Until all is well, the disk is to be asked what is there.
      growing.delete(id)
      try {
        // What was begun and is gone must not be taken for whole once the rest is here.
        const begins = before === 0 ? constants.O_CREAT : 0
        const file = await open(bytesPath(id), constants.O_WRONLY | constants.O_APPEND | begins, 0o600)
        const brokenBy = await appendTo(file, one, bytes).finally(() => file.close())
        if (one.offset < one.announced.size) await keepNames(id, one)
        one.usedAt = world.now()
        growing.set(id, one)
        if (brokenBy) throw brokenBy
        return one.offset
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error
      } finally {
        if (growing.get(id) !== one) one.hash.forget()
      }
    },
    async hash(id) {
      return (await existing(id)).hash.digest()
    },
    async handOver(id) {
      const { offset, hash } = await existing(id)
      const temporary = join(replica.incoming, world.random(12).toString('hex'))
      await linkOrMove(bytesPath(id), temporary)
      return { temporary, file: null, hash: await hash.digest(), size: offset }
    },
    async discard(id) {
      growing.get(id)?.hash.forget()
      growing.delete(id)
      await unlink(bytesPath(id)).catch(ifMissing)
      await unlink(announcedPath(id)).catch(ifMissing)
    },
  }
}

function tooMuch(size: number): Problem {
  return new Problem(
    'bad-input',
    `More than the ${size} bytes came that were announced.`,
    'Send the file again.',
  )
}

async function readAnnounced(path: string): Promise<Announced | undefined> {
  const text = await readFile(path, 'utf8').catch(ifMissing)
  if (text === undefined) return undefined
  try {
    return announcedSchema.parse(JSON.parse(text))
  } catch {
    // Cut off by a crash before it counted: the file begins anew.
    return undefined
  }
}

// A second name costs nothing, and what fails later leaves the first; file systems without links move the file.
async function linkOrMove(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    await rename(from, to)
  }
}

/** Throws away what no byte came for in a week. */
export async function sweepPartialFiles(replica: Replica): Promise<void> {
  const before = replica.world.now() - PARTIAL_LIFETIME
  for (const phoneId of await readdir(replica.partial)) {
    const folder = join(replica.partial, phoneId)
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      if ((await lastUse(path.replace(/\.json$/, ''))) < before) await rm(path, { force: true })
    }
  }
}

/** @param path where the bytes are. */
async function lastUse(path: string): Promise<number> {
  return Math.max(await usedAt(path), await usedAt(path + ANNOUNCED))
}

async function usedAt(path: string): Promise<number> {
  return (await stat(path).catch(ifMissing))?.mtimeMs ?? 0
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function noEntries(error: NodeJS.ErrnoException): string[] {
  ifMissing(error)
  return []
}
