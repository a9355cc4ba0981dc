/** Thumbnails on disk by hash of their photo, and which photos allow none. All of it can be thrown away and made anew. */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { World } from '../world.ts'

export interface ThumbnailCache {
  /** The thumbnail; `none` where it is known that there can be none; undefined where nothing is known. */
  find(hash: string): Promise<Buffer | 'none' | undefined>
  /** Whether it is known that there can be none. */
  isNone(hash: string): Promise<boolean>
  keep(hash: string, thumbnail: Uint8Array): Promise<void>
  /**
   * Remembers that no thumbnail can be made.
   * @param retryAt when it may be tried again all the same, milliseconds since 1970.
   */
  keepNone(hash: string, retryAt: number | null): Promise<void>
}

export interface CacheSettings {
  folder: string
  world: World
  /** Most bytes of all files; the least recently used go first. */
  bytes: number
  /** Names the programs that make thumbnails: others may be able to do what these are not. */
  maker: string
}

const noneSchema = z.object({ maker: z.string(), retryAt: z.number().nullable() })

const DAY = 24 * 60 * 60_000
/** After clearing up there is room for some time. */
const LEFT_AFTER_CLEARING = 0.8

export function createThumbnailCache({ folder, world, bytes, maker }: CacheSettings): ThumbnailCache {
  const pathOf = (hash: string, extension: string) => join(folder, hash.slice(0, 2), `${hash}.${extension}`)
  let clearing: Promise<void> | undefined
  /** Of all files; unknown at first. */
  let held: number | undefined

  async function write(path: string, content: Uint8Array | string): Promise<void> {
    const temporary = join(folder, `${world.random(8).toString('hex')}.new`)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(temporary, content, { mode: 0o600 })
    await rename(temporary, path)
    if (held !== undefined) held += content.length
    if (held === undefined || held > bytes) clearing ??= clear().finally(() => (clearing = undefined))
    await clearing
  }

  /** Counts what there is, and makes room where it is too much. */
  async function clear(): Promise<void> {
    const files = await listFiles(folder, world.now())
    held = files.reduce((sum, { size }) => sum + size, 0)
    if (held <= bytes) return
    for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (held <= bytes * LEFT_AFTER_CLEARING) break
      await rm(path, { force: true })
      held -= size
    }
  }

  async function isNone(hash: string): Promise<boolean> {
    const text = await readIfThere(pathOf(hash, 'none'))
    if (!text) return false
    const none = noneSchema.safeParse(parseJson(text.toString()))
    if (!none.success || none.data.maker !== maker) return false
    return none.data.retryAt === null || none.data.retryAt > world.now()
  }

  return {
    async find(hash) {
      const path = pathOf(hash, 'webp')
      const thumbnail = await readIfThere(path)
      if (thumbnail && isWhole(thumbnail)) {
        await markUsed(path, world.now())
        return thumbnail
      }
      return (await isNone(hash)) ? 'none' : undefined
    },
    isNone,
    keep: (hash, thumbnail) => write(pathOf(hash, 'webp'), thumbnail),
    keepNone: (hash, retryAt) => write(pathOf(hash, 'none'), JSON.stringify({ maker, retryAt })),
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Cut off by a crash; it is written anew.
    return undefined
  }
}

/** A power cut may leave an empty or shortened file, for thumbnails are not worth a sync. WebP tells its length (RFC 9649, 2.4). */
function isWhole(webp: Buffer): boolean {
  const isWebp = webp.length > 12 && webp.toString('latin1', 0, 4) === 'RIFF' && webp.includes('WEBP', 8)
  return isWebp && webp.readUInt32LE(4) + 8 === webp.length
}

// Once a day is enough to know what is used.
async function markUsed(path: string, now: number): Promise<void> {
  const { mtimeMs } = await stat(path)
  if (now - mtimeMs > DAY) await utimes(path, now / 1000, now / 1000)
}

interface CachedFile {
  path: string
  size: number
  usedAt: number
}

/** All files of the cache. Those that were never finished go. */
async function listFiles(folder: string, now: number): Promise<CachedFile[]> {
  const files: CachedFile[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const found = await stat(path).catch(() => undefined)
    if (!found) continue
    if (entry.name.endsWith('.new') && now - found.mtimeMs > DAY) await rm(path, { force: true })
    else files.push({ path, size: found.size, usedAt: found.mtimeMs })
  }
  return files
}
