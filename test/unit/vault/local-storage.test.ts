/** A folder as a vault's storage: durable writes, whole files only, and no leftovers of the dead. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { idOf } from '../../../main/vault/crypto.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import type { Storage } from '../../../main/vault/storage.ts'
import { realWorld, type World } from '../../../main/world.ts'

const BYTES = Buffer.from('some bytes')
const ID = idOf(BYTES)

let folder: string
let storage: Storage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-storage-'))
  storage = createLocalStorage(folder, realWorld)
  await storage.prepare()
})
afterEach(() => rm(folder, { recursive: true }))

const allFiles = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

describe('a folder', () => {
  it.each(['config', 'key', 'pack', 'index', 'snapshot', 'lock'] as const)(
    'keeps a %s file',
    async (kind) => {
      const id = kind === 'config' ? 'config' : ID
      await storage.write(kind, id, BYTES)
      expect(await storage.list(kind)).toEqual([{ id, size: BYTES.length }])
      expect(await storage.size(kind, id)).toBe(BYTES.length)
      expect(await storage.read(kind, id)).toEqual(BYTES)
      expect((await storage.read(kind, id, { offset: 5, length: 5 })).toString()).toBe('bytes')
      await expect(storage.read(kind, id, { offset: 5, length: 6 })).rejects.toMatchObject({
        code: 'vault-damaged',
      })
      await storage.remove(kind, id)
      await storage.remove(kind, id)
      expect(await storage.list(kind)).toEqual([])
      await expect(storage.read(kind, id)).rejects.toMatchObject({ code: 'not-found' })
      await expect(storage.size(kind, id)).rejects.toMatchObject({ code: 'not-found' })
    },
  )

  it('has no files before it is there', async () => {
    expect(await createLocalStorage(join(folder, 'none'), realWorld).list('pack')).toEqual([])
  })

  it('takes a pack also where its sub-folder is missing', async () => {
    await rm(join(folder, 'data'), { recursive: true })
    await storage.write('pack', ID, BYTES)
    expect(await storage.read('pack', ID)).toEqual(BYTES)
  })

  it('refuses an id that would lead elsewhere', async () => {
    await expect(storage.read('key', '../config')).rejects.toThrow('not an id')
  })

  it('shows a file only once its bytes are synced, and syncs its name after', async () => {
    const calls: string[] = []
    const world: World = {
      ...realWorld,
      durability: {
        async syncFile(file) {
          calls.push(`sync ${(await file.stat()).size} bytes, ${(await storage.list('index')).length} listed`)
        },
        async syncFolder(path) {
          calls.push(`sync ${path.slice(folder.length + 1)}, ${(await storage.list('index')).length} listed`)
        },
      },
    }
    await createLocalStorage(folder, world).write('index', ID, BYTES)
    expect(calls).toEqual(['sync 10 bytes, 0 listed', 'sync index, 1 listed'])
  })

  it('leaves nothing behind when the disk is full', async () => {
    const world: World = {
      ...realWorld,
      durability: {
        ...realWorld.durability,
        syncFile: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
      },
    }
    const full = createLocalStorage(folder, world)
    await expect(full.write('pack', ID, BYTES)).rejects.toMatchObject({ code: 'disk-full' })
    expect(await allFiles()).toEqual([])
  })

  it('loses the unfinished files of processes that are gone, and no others', async () => {
    const machine = idOf(Buffer.from(hostname())).slice(0, 12)
    const dead = 2 ** 22 + 1 // above what Linux gives out
    const swept = [`${ID}-tmp-sidekeep-${machine}-${dead}-1`]
    const kept = [
      `${ID}-tmp-sidekeep-${machine}-${process.pid}-1`,
      `${ID}-tmp-sidekeep-0123456789ab-${dead}-1`,
      `${ID}-tmp-123456789`,
      ID,
    ]
    for (const name of [...swept, ...kept]) await writeFile(join(folder, 'data', ID.slice(0, 2), name), BYTES)
    await storage.sweep()
    expect((await allFiles()).sort()).toEqual(kept.sort())
    expect(await storage.list('pack')).toEqual([{ id: ID, size: BYTES.length }])
  })
})
