/** A vault as a whole: made once, kept up with by those who have it open, and its packs and blobs as they should be. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobWriter } from '../../../main/vault/blob-writer.ts'
import { idOf } from '../../../main/vault/crypto.ts'
import { findNode, readFileBytes } from '../../../main/vault/extract.ts'
import { forget } from '../../../main/vault/forget.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import { packSize } from '../../../main/vault/pack.ts'
import { prune } from '../../../main/vault/prune.ts'
import type { Storage } from '../../../main/vault/storage.ts'
import { initVault, openVault } from '../../../main/vault/vault.ts'
import { realWorld } from '../../../main/world.ts'
import { bytesFor, folderOf, makeSmallVault, PASSWORD, type SmallVault } from '../../small-vault.ts'

const MIB = 1024 * 1024

let small: SmallVault

beforeEach(async () => {
  small = await makeSmallVault()
})
afterEach(() => small.remove())

function write<T>(work: (writer: BlobWriter) => Promise<T>): Promise<T> {
  return small.vault.withLock('shared', {}, (watch) => small.vault.writeBlobs(watch, work))
}

describe('a vault', () => {
  it('is made once', async () => {
    const again = initVault(small.storage, { password: 'other', world: realWorld })
    await expect(again).rejects.toMatchObject({ code: 'already-exists' })
    await small.reopen()
  })

  it('is not made over the parts of another', async () => {
    await small.backUp({ a: bytesFor('a', 10) })
    await rm(join(small.folder, 'config'))
    const again = initVault(small.storage, { password: 'other', world: realWorld })
    await expect(again).rejects.toMatchObject({ code: 'vault-damaged' })
  })

  it('is made where an earlier try came no further than its key', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidekeep-half-'))
    const storage = createLocalStorage(folder, realWorld)
    const options = { password: 'new', world: realWorld, cost: { N: 1024, r: 8, p: 1 } }
    await initVault(storage, options)
    await storage.remove('config', 'config')
    await initVault(storage, options)
    expect(await storage.list('key')).toHaveLength(1)
    await openVault(storage, 'new', realWorld)
    await rm(folder, { recursive: true })
  })

  it('that is open keeps up with what another program moves', async () => {
    const other = await openVault(small.storage, PASSWORD, realWorld)
    const { tree } = await small.backUp(folderOf('p', 4, 50_000))
    expect(await findNode(other, tree, ['p', '1.jpg'])).toBeDefined()
    const kept = await small.backUp({ 'p/0.jpg': null, 'p/2.jpg': null })
    await forget(small.vault, { last: 1 }, {})
    expect((await prune(small.vault, { mostUnused: 0 }, {})).packsRemoved).toBeGreaterThan(0)
    const node = await findNode(other, kept.tree, ['p', '1.jpg'])
    expect(await readFileBytes(other, node!)).toEqual(bytesFor('p/1', 50_000))
  })

  it('is closed only after the work on it has ended', async () => {
    let ended = false
    const work = small.vault.withLock('shared', {}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      ended = true
    })
    await small.vault.close()
    expect(ended).toBe(true)
    await work
  })
})

describe('blobs', () => {
  it('are compressed when it is worth it, and trees always', async () => {
    const text = Buffer.from('BEGIN:VCARD\r\n'.repeat(50))
    const noise = bytesFor('noise', 100_000)
    const zeros = Buffer.alloc(100_000)
    const [textId, noiseId, photoId, treeId] = await write(async (writer) => {
      const ids = [
        writer.add('data', text, { name: 'a.vcf' }),
        writer.add('data', noise, { name: 'noise.txt' }),
        writer.add('data', zeros, { name: 'photo.JPG' }),
        writer.add('tree', bytesFor('tree', 50)),
      ] as const
      await writer.flush()
      return ids
    })
    const index = await small.vault.index()
    expect(index.find('data', textId)?.uncompressedLength).toBe(text.length)
    expect(index.find('data', noiseId)?.uncompressedLength).toBeNull()
    expect(index.find('data', photoId)?.uncompressedLength).toBeNull()
    expect(index.find('tree', treeId)?.uncompressedLength).toBe(50)
    expect(await small.vault.readBlob('data', textId)).toEqual(text)
  })

  it('fill packs of 4 MiB and more, each of one kind, that hold just what the index says', async () => {
    await write(async (writer) => {
      for (let n = 0; n < 40; n++) writer.add('data', bytesFor(`b${n}`, MIB), { name: 'x.jpg' })
      writer.add('tree', Buffer.from('{"nodes":[]}\n'))
      await writer.flush()
    })
    const index = await small.vault.index()
    const packs = await small.storage.list('pack')
    for (const { id, size } of packs) {
      const blobs = index.blobsOf(id)
      expect(size).toBe(packSize(blobs))
      expect(new Set(blobs.map(({ type }) => type)).size).toBe(1)
      expect(idOf(await small.storage.read('pack', id))).toBe(id)
    }
    expect(packs.filter(({ size }) => size > 4 * MIB).length).toBeGreaterThanOrEqual(6)
    expect(packs.every(({ size }) => size < 13 * MIB)).toBe(true)
  })

  it('larger than a pack are stored all the same', async () => {
    const huge = bytesFor('huge', 25 * MIB)
    const id = await write(async (writer) => {
      const added = writer.add('data', huge, { name: 'x.jpg' })
      writer.add('data', bytesFor('next', 1000))
      await writer.flush()
      return added
    })
    expect((await small.vault.readBlob('data', id)).equals(huge)).toBe(true)
  })

  it('that could not be stored are told of by the flush', async () => {
    const full: Storage = {
      ...small.storage,
      async write(kind, id, bytes) {
        if (kind === 'pack') throw new Error('no room')
        await small.storage.write(kind, id, bytes)
      },
    }
    const vault = await openVault(full, PASSWORD, realWorld)
    const work = vault.withLock('shared', {}, (watch) =>
      vault.writeBlobs(watch, async (writer) => {
        writer.add('data', bytesFor('a', 100))
        await writer.flush()
      }),
    )
    await expect(work).rejects.toThrow('no room')
    expect(await small.storage.list('lock')).toEqual([])
  })
})
