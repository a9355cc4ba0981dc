/** Restoring to a folder: whole, in part, again, over damage, and never outside the folder. */
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHUNK_LENGTH } from '../../../main/vault/chunker.ts'
import { idOf } from '../../../main/vault/crypto.ts'
import { extractTo } from '../../../main/vault/extract-to.ts'
import {
  bytesFor,
  contentOf,
  type Files,
  folderOf,
  makeSmallVault,
  type SmallVault,
} from '../../small-vault.ts'

const FILES: Files = {
  ...folderOf('Photos/2026', 5, 50_000),
  ...folderOf('Cards', 300, 200),
  'Cards/empty.vcf': Buffer.alloc(0),
  'Films/long.mp4': bytesFor('long', CHUNK_LENGTH + 1000),
  'Films/zeros.bin': Buffer.alloc(100_000),
}

let small: SmallVault
let folder: string

beforeEach(async () => {
  small = await makeSmallVault()
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-restored-'))
})
afterEach(async () => {
  await small.remove()
  await rm(folder, { recursive: true })
})

const extract = (tree: string, filter?: (path: string[]) => boolean) =>
  extractTo(small.vault, tree, folder, filter ? { filter } : {}, {})

async function contentOfFolder(): Promise<Map<string, string>> {
  const content = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) content.set(path.slice(folder.length + 1), idOf(await readFile(path)))
  }
  return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function contentOfSnapshot(snapshot: Parameters<typeof contentOf>[1]): Promise<Map<string, string>> {
  return new Map([...(await contentOf(small.vault, snapshot))].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Stores a tree as it is given, as a careless or hostile program might. */
async function foreignTree(nodes: string): Promise<string> {
  const bytes = Buffer.from(`{"nodes":[${nodes}]}\n`)
  return small.vault.withLock('shared', {}, (watch) =>
    small.vault.writeBlobs(watch, async (writer) => {
      const id = await writer.add('tree', bytes)
      await writer.flush()
      return id
    }),
  )
}

const foreignNode = (name: string, type: string, rest: string) =>
  `{"name":${JSON.stringify(name)},"type":"${type}","mode":420,"mtime":"2024-01-02T03:04:05.678901234Z",${rest}}`

describe('a restore', () => {
  it('brings back every byte, name and time', async () => {
    const snapshot = await small.backUp(FILES)
    const result = await extract(snapshot.tree)
    expect(result).toMatchObject({ files: Object.keys(FILES).length, alreadyThere: 0, skipped: [] })
    expect(await contentOfFolder()).toEqual(await contentOfSnapshot(snapshot))
    const found = await stat(join(folder, 'Films/long.mp4'))
    expect(Math.floor(found.mtimeMs)).toBe(Date.parse('2026-11-01T12:00:00Z'))
    if (process.platform !== 'win32') expect(found.mode & 0o777).toBe(0o600)
  })

  it('brings back times to the millisecond', async () => {
    const nodes = [1, 120, 333, 678, 999].map((ms) =>
      foreignNode(`${ms}`, 'file', '"content":[]').replace('678901234', String(ms).padStart(3, '0')),
    )
    await extract(await foreignTree(nodes.sort().join(',')))
    for (const ms of [1, 120, 333, 678, 999]) {
      expect(Math.floor((await stat(join(folder, `${ms}`))).mtimeMs) % 1000).toBe(ms)
    }
  })

  it('of a part restores that part', async () => {
    const snapshot = await small.backUp(FILES)
    const result = await extract(snapshot.tree, (path) => path[0] === 'Photos' && path[2] !== '3.jpg')
    expect(result.files).toBe(4)
    expect([...(await contentOfFolder()).keys()]).toEqual([0, 1, 2, 4].map((n) => `Photos/2026/${n}.jpg`))
  })

  it('done again leaves alone what is there, and mends what is not right', async () => {
    const snapshot = await small.backUp(FILES)
    await extract(snapshot.tree)
    await writeFile(join(folder, 'Cards/7.jpg'), bytesFor('other', 200))
    await rm(join(folder, 'Cards/8.jpg'))
    await utimes(join(folder, 'Cards/9.jpg'), 1, 1)
    const before = await stat(join(folder, 'Films/long.mp4'))
    const again = await extract(snapshot.tree)
    expect(again).toMatchObject({
      files: 2,
      bytes: 400,
      alreadyThere: Object.keys(FILES).length - 2,
      skipped: [],
    })
    expect((await stat(join(folder, 'Films/long.mp4'))).ctimeMs).toBe(before.ctimeMs)
    expect((await stat(join(folder, 'Cards/9.jpg'))).mtimeMs).toBeGreaterThan(1e12)
    expect(await contentOfFolder()).toEqual(await contentOfSnapshot(snapshot))
  })

  it('stops when asked, and goes on where it was', async () => {
    const snapshot = await small.backUp({ ...folderOf('Photos', 12, 4_000_000) })
    const stop = new AbortController()
    const reports: number[] = []
    const report = ({ items, itemsTotal }: { items: number; itemsTotal: number | null }) => {
      expect(itemsTotal).toBe(12)
      reports.push(items)
      stop.abort()
    }
    const first = extractTo(small.vault, snapshot.tree, folder, {}, { signal: stop.signal, report })
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    const second = await extract(snapshot.tree)
    expect(second.alreadyThere).toBeGreaterThanOrEqual(reports[0]!)
    expect(second.alreadyThere + second.files).toBe(12)
    expect(await contentOfFolder()).toEqual(await contentOfSnapshot(snapshot))
  })
})

describe('a restore from a damaged vault', () => {
  async function damage(blobId: string): Promise<void> {
    const { pack, offset } = (await small.vault.index()).find('data', blobId)!
    const path = join(small.folder, 'data', pack.slice(0, 2), pack)
    const bytes = await small.storage.read('pack', pack)
    bytes[offset + 20]! ^= 1
    await chmod(path, 0o600)
    await writeFile(path, bytes)
  }

  it('tells of the files it could not bring back, leaves none half done, and restores the others', async () => {
    const snapshot = await small.backUp(FILES)
    const long = FILES['Films/long.mp4']!
    await damage(idOf(FILES['Photos/2026/3.jpg']!))
    await damage(idOf(long.subarray(CHUNK_LENGTH)))
    const { skipped, files } = await extract(snapshot.tree)
    expect(skipped.map(({ path }) => path.join('/')).sort()).toEqual(['Films/long.mp4', 'Photos/2026/3.jpg'])
    expect(files).toBe(Object.keys(FILES).length - 2)
    const gone = new Set(['Films/long.mp4', 'Photos/2026/3.jpg'])
    const left = Object.keys(FILES).filter((path) => !gone.has(path))
    expect([...(await contentOfFolder()).keys()]).toEqual(left.sort())
  })

  it('takes the other copy where there are two', async () => {
    const bytes = bytesFor('twice', 30_000)
    const snapshot = await small.backUp({ 'a.jpg': bytes })
    await small.vault.withLock('shared', {}, (watch) =>
      small.vault.writeBlobs(watch, async (writer) => {
        await writer.add('data', bytes, { again: true })
        await writer.flush()
      }),
    )
    await damage(idOf(bytes))
    expect(await extract(snapshot.tree)).toMatchObject({ files: 1, skipped: [] })
    expect(await readFile(join(folder, 'a.jpg'))).toEqual(bytes)
  })

  it('tells of folders and parts that are not there at all', async () => {
    const lost = 'ab'.repeat(32)
    const tree = await foreignTree(
      [
        foreignNode('dir', 'dir', `"content":null,"subtree":"${lost}"`),
        foreignNode('file', 'file', `"size":5,"content":["${lost}"]`),
        foreignNode('none', 'file', '"content":null'),
      ].join(','),
    )
    const { skipped } = await extract(tree)
    expect(skipped.map(({ path }) => path.join('/')).sort()).toEqual(['dir', 'file', 'none'])
  })
})

describe('a restore never leaves its folder', () => {
  it.each(['..', '../x', '/etc/x', 'a/b', '.'])('for a node named %s', async (name) => {
    const tree = await foreignTree(foreignNode(name, 'file', '"content":[]'))
    expect((await extract(tree)).skipped).toHaveLength(1)
    expect(await readdir(folder)).toEqual([])
    expect(await readdir(dirname(folder))).not.toContain('x')
  })

  it.skipIf(process.platform === 'win32')(
    'through a link that is in a folder’s or file’s place',
    async () => {
      const outside = await mkdtemp(join(tmpdir(), 'sidekeep-outside-'))
      await writeFile(join(outside, 'kept'), 'kept')
      await mkdir(join(folder, 'Cards'))
      await symlink(outside, join(folder, 'Photos'))
      await symlink(join(outside, 'kept'), join(folder, 'Cards', 'a.vcf'))
      const snapshot = await small.backUp({
        'Photos/kept': bytesFor('a', 10),
        'Cards/a.vcf': bytesFor('b', 10),
      })
      const { skipped } = await extract(snapshot.tree)
      expect(skipped.map(({ path }) => path.join('/')).sort()).toEqual(['Cards/a.vcf', 'Photos'])
      expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept')
      await rm(outside, { recursive: true })
    },
  )

  it('and goes on after a name that the file system refuses', async () => {
    const long = 'x'.repeat(300)
    const tree = await foreignTree(
      [
        foreignNode('good', 'file', '"content":[]'),
        foreignNode(`a${long}`, 'dir', '"content":null,"subtree":"SUBTREE"'),
        foreignNode(`b${long}`, 'file', '"content":[]'),
      ]
        .sort()
        .join(',')
        .replace('SUBTREE', await foreignTree(foreignNode('below', 'file', '"content":[]'))),
    )
    for (let round = 0; round < 2; round++) {
      const { skipped } = await extract(tree)
      expect(skipped.map(({ path }) => path.join('/'))).toEqual([`a${long}`, `b${long}`])
      expect(await readdir(folder)).toEqual(['good'])
    }
  })

  it('makes links as they are, and tells of what it cannot make', async () => {
    const tree = await foreignTree(
      [
        foreignNode('device', 'dev', '"content":null'),
        foreignNode('link', 'symlink', '"linktarget":"/some/where","content":null'),
        foreignNode('pipe', 'fifo', '"content":null'),
      ].join(','),
    )
    const { skipped } = await extract(tree)
    expect(skipped.map(({ path }) => path.join('/'))).toEqual(['device', 'pipe'])
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true)
    expect((await extract(tree)).skipped).toHaveLength(2)
  })
})
