/** Snapshots from changes: what they hold, what they cost, and what becomes of files that cannot be read. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Change,
  type FileContent,
  type SnapshotResult,
  writeSnapshot,
} from '../../../main/vault/archive.ts'
import { CHUNK_LENGTH } from '../../../main/vault/chunker.ts'
import { idOf } from '../../../main/vault/crypto.ts'
import { findNode, readFileBytes, walk } from '../../../main/vault/extract.ts'
import { bytesFor, contentOf, makeSmallVault, type SmallVault } from '../../small-vault.ts'

const TIME = 1_700_000_000_000

let small: SmallVault
let folder: string

beforeEach(async () => {
  small = await makeSmallVault()
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-sources-'))
})
afterEach(async () => {
  await small.remove()
  await rm(folder, { recursive: true })
})

function snapshot(
  base: string | null,
  changes: Iterable<Change>,
  signal?: AbortSignal,
): Promise<SnapshotResult> {
  const request = { base, changes, time: new Date(TIME), hostname: 'pc', tags: [], paths: ['/'] }
  return writeSnapshot(small.vault, request, { signal })
}

function given(path: string, bytes: Uint8Array): Change {
  return { path: path.split('/'), file: { size: bytes.length, modifiedAt: TIME, bytes } }
}

type FileOnDisk = { path: string[]; file: FileContent & { source: string } }

async function onDisk(path: string, bytes: Uint8Array): Promise<FileOnDisk> {
  const source = join(folder, path.replaceAll('/', '_'))
  await writeFile(source, bytes)
  return { path: path.split('/'), file: { size: bytes.length, modifiedAt: TIME, hash: idOf(bytes), source } }
}

const removed = (path: string): Change => ({ path: path.split('/'), remove: true })
const storedBytes = async () => (await small.storage.list('pack')).reduce((sum, { size }) => sum + size, 0)

describe('a snapshot', () => {
  it('of nothing is there all the same', async () => {
    const { snapshot: taken, ...rest } = await snapshot(null, [])
    expect(rest).toMatchObject({ added: 0, changed: 0, deleted: 0, unchanged: 0, unreadable: [] })
    expect(await contentOf(small.vault, taken)).toEqual(new Map())
    expect((await small.vault.snapshots()).snapshots).toEqual([taken])
  })

  it('holds files from memory and disk, empty, whole and in chunks', async () => {
    const large = bytesFor('large', 2 * CHUNK_LENGTH + 5)
    const files: Record<string, Buffer> = {
      'Ada/card.vcf': Buffer.from('BEGIN:VCARD\r\nEND:VCARD\r\n'),
      'Ada/empty': Buffer.alloc(0),
      'Ada/whole.jpg': bytesFor('whole', 100_000),
      'Ada/exact.mp4': bytesFor('exact', CHUNK_LENGTH),
      'Ada/large.mp4': large,
    }
    const fromDisk = await Promise.all(Object.entries(files).map(([path, bytes]) => onDisk(path, bytes)))
    const first = await snapshot(null, fromDisk)
    const packs = await small.storage.list('pack')
    const fromMemory = Object.entries(files).map(([path, bytes]) =>
      given(path.replace('Ada', 'Memory'), bytes),
    )
    const { snapshot: taken } = await snapshot(first.snapshot.id, fromMemory)
    expect(await small.storage.list('pack')).toHaveLength(packs.length + 1)
    const content = await contentOf(small.vault, taken)
    for (const [path, bytes] of Object.entries(files)) {
      expect(content.get(path), path).toBe(idOf(bytes))
      expect(content.get(path.replace('Ada', 'Memory')), path).toBe(idOf(bytes))
    }
    const whole = await findNode(small.vault, taken.tree, ['Ada', 'exact.mp4'])
    expect(whole?.content).toEqual([idOf(files['Ada/exact.mp4']!)])
    const chunked = await findNode(small.vault, taken.tree, ['Ada', 'large.mp4'])
    expect(chunked?.content).toEqual(
      [0, 1, 2].map((n) => idOf(large.subarray(n * CHUNK_LENGTH, (n + 1) * CHUNK_LENGTH))),
    )
    // The same bytes are stored once, and only what gains from it is compressed.
    expect(await storedBytes()).toBeLessThan(CHUNK_LENGTH * 3 + 110_000)
  })

  it('holds after any rounds of changes what a plain map would, and always by the same trees', async () => {
    const names = fc.constantFrom('a', 'b', 'ü', 'Ａ', '😀')
    const change = fc.record({
      folder: fc.array(names, { maxLength: 2 }),
      name: names,
      what: fc.oneof(fc.nat(3), fc.constant(null)),
    })
    const rounds = fc.sample(fc.array(change, { minLength: 1, maxLength: 12 }), { numRuns: 12, seed: 2026 })
    const model = new Map<string, string>()
    let base: string | null = null
    for (const round of rounds) {
      // One folder's changes together, and no path twice: that is what the caller owes.
      const byPath = new Map(round.map(({ folder: above, name, what }) => [[...above, name].join('/'), what]))
      const paths = [...byPath.keys()].filter(
        (path) => ![...byPath.keys()].some((it) => it.startsWith(`${path}/`)),
      )
      paths.sort((a, b) => compare(a.split('/').slice(0, -1).join('/'), b.split('/').slice(0, -1).join('/')))
      const before = new Map(model)
      const changes = paths.map((path) => {
        const what = byPath.get(path)!
        for (const known of [...model.keys()]) {
          if (known === path || known.startsWith(`${path}/`) || path.startsWith(`${known}/`))
            model.delete(known)
        }
        if (what === null) return removed(path)
        model.set(path, idOf(Buffer.from(`content ${what}`)))
        return given(path, Buffer.from(`content ${what}`))
      })
      const result: SnapshotResult = await snapshot(base, changes)
      expect(await contentOf(small.vault, result.snapshot)).toEqual(model)
      const added = [...model.keys()].filter((path) => !before.has(path)).length
      const deleted = [...before.keys()].filter((path) => !model.has(path)).length
      expect(result).toMatchObject({ added, deleted })
      base = result.snapshot.id
      expect(result.snapshot.tree).toBe(await treeFromNothing(result.snapshot.tree))
    }
  })

  /** The tree that a first snapshot of the same files and folders has. */
  async function treeFromNothing(tree: string): Promise<string> {
    const changes: Change[] = []
    for await (const { path, node } of walk(small.vault, tree)) {
      if (node.type === 'dir') changes.push({ path, folder: true })
      else changes.push(given(path.join('/'), await readFileBytes(small.vault, node)))
    }
    changes.sort((a, b) => compare(a.path.slice(0, -1).join('/'), b.path.slice(0, -1).join('/')))
    return (await snapshot(null, changes)).snapshot.tree
  }

  it('counts what was added, changed, left as it was, and deleted with its folder', async () => {
    const one = await snapshot(
      null,
      ['x/1', 'x/2', 'x/3', 'y/z/4', 'y/z/5', 'y/6'].map((path) => given(path, Buffer.from(path))),
    )
    const two = await snapshot(one.snapshot.id, [
      given('x/1', Buffer.from('another')),
      given('x/2', Buffer.from('x/2')),
      given('x/new', Buffer.from('new')),
      removed('x/3'),
      removed('x/never there'),
      removed('y'),
    ])
    expect(two).toMatchObject({ added: 1, changed: 1, unchanged: 1, deleted: 4 })
    expect([...(await contentOf(small.vault, two.snapshot)).keys()]).toEqual(['x/1', 'x/2', 'x/new'])
  })

  it('may take a folder away and make it anew', async () => {
    const one = await snapshot(null, [given('a/b/old', Buffer.from('1'))])
    const two = await snapshot(one.snapshot.id, [removed('a/b'), given('a/b/new', Buffer.from('2'))])
    expect(two).toMatchObject({ added: 1, deleted: 1 })
    expect([...(await contentOf(small.vault, two.snapshot)).keys()]).toEqual(['a/b/new'])
  })

  it('of no changes has the same tree and writes nothing but itself', async () => {
    const one = await snapshot(null, [given('a/b', Buffer.from('1'))])
    const packs = await small.storage.list('pack')
    const two = await snapshot(one.snapshot.id, [])
    expect(two.snapshot.tree).toBe(one.snapshot.tree)
    expect(two.snapshot.parent).toBe(one.snapshot.id)
    expect(await small.storage.list('pack')).toEqual(packs)
    expect(two.bytesWritten).toBeLessThan(1000)
  })

  it('tells what it wrote and read, to the byte', async () => {
    const kinds = ['pack', 'index', 'snapshot'] as const
    const { bytesWritten, bytesRead } = await snapshot(null, [
      await onDisk('a', bytesFor('a', 70_000)),
      given('b', Buffer.alloc(500)),
    ])
    const sizes = (await Promise.all(kinds.map((kind) => small.storage.list(kind))))
      .flat()
      .map(({ size }) => size)
    expect(bytesWritten).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(bytesRead).toBe(70_500)
  })

  it('does not read a file whose blobs the vault has', async () => {
    const large = bytesFor('large', CHUNK_LENGTH + 1)
    const change = await onDisk('large.mp4', large)
    let blobs: string[] = []
    change.file.onStored = (ids) => {
      blobs = ids
    }
    await snapshot(null, [change])
    expect(blobs).toHaveLength(2)
    await rm(change.file.source)
    const again = await snapshot(null, [{ path: ['moved.mp4'], file: { ...change.file, blobs } }])
    expect(again).toMatchObject({ added: 1, bytesRead: 0, unreadable: [] })
    expect((await contentOf(small.vault, again.snapshot)).get('moved.mp4')).toBe(idOf(large))
  })

  it('stores one copy of what comes many times, even at once', async () => {
    const bytes = bytesFor('photo', 300_000)
    const changes: Change[] = []
    for (let n = 0; n < 20; n++) changes.push(await onDisk(`p/${n}.jpg`, bytes))
    await snapshot(null, changes)
    const index = await small.vault.index()
    expect(index.findAll('data', idOf(bytes))).toHaveLength(1)
  })
})

describe('a file that is not what it should be', () => {
  it.each([
    ['is missing', (path: string) => rm(path)],
    ['was cut', (path: string) => truncate(path, 10)],
    ['has other bytes', (path: string) => writeFile(path, bytesFor('other', 50_000))],
    [
      'has other bytes in its second chunk',
      (path: string) => writeFile(path, bytesFor('x', 10)),
      CHUNK_LENGTH + 10,
    ],
  ])('because it %s, is told of, and what the base held is kept', async (_why, spoil, size = 50_000) => {
    const first = bytesFor('first', 1000)
    const one = await snapshot(null, [given('Photos/a.jpg', first), given('Photos/b.jpg', first)])
    const change = await onDisk('Photos/a.jpg', bytesFor('second', size))
    await spoil(change.file.source)
    const two = await snapshot(one.snapshot.id, [change, given('Photos/c.jpg', Buffer.from('third'))])
    expect(two.unreadable).toEqual([{ path: ['Photos', 'a.jpg'], reason: expect.any(String) }])
    expect(two).toMatchObject({ added: 1, changed: 0 })
    expect((await contentOf(small.vault, two.snapshot)).get('Photos/a.jpg')).toBe(idOf(first))
  })

  it('is not mixed up with a good file of the same name for its content', async () => {
    const bytes = bytesFor('photo', 200_000)
    const missing = await onDisk('p/1.jpg', bytes)
    const good = await onDisk('p/2.jpg', bytes)
    await rm(missing.file.source)
    const { snapshot: taken, unreadable } = await snapshot(null, [missing, good])
    expect(unreadable.map(({ path }) => path)).toEqual([['p', '1.jpg']])
    expect(await contentOf(small.vault, taken)).toEqual(new Map([['p/2.jpg', idOf(bytes)]]))
  })

  it('is told of when its given bytes are not those of its hash', async () => {
    const file = { size: 3, modifiedAt: TIME, bytes: Buffer.from('abc'), hash: idOf(Buffer.from('abd')) }
    const { unreadable } = await snapshot(null, [
      { path: ['a'], file },
      { path: ['b'], file: { ...file, size: 4 } },
    ])
    expect(unreadable.map(({ path }) => path)).toEqual([['a'], ['b']])
  })
})

describe('a backup that does not get through', () => {
  it('is refused for a path that no folder can hold', async () => {
    for (const path of [[], ['a', '..'], ['a/b'], ['']]) {
      await expect(snapshot(null, [{ path, folder: true }])).rejects.toMatchObject({ code: 'bad-input' })
    }
  })

  it('needs its base', async () => {
    await expect(snapshot('ab'.repeat(32), [])).rejects.toMatchObject({ code: 'not-found' })
  })

  it('stops when asked, and the next one finds what it stored', async () => {
    const stop = new AbortController()
    const photos: Change[] = []
    for (let n = 0; n < 30; n++) photos.push(await onDisk(`p/${n}.jpg`, bytesFor(`p${n}`, 1_000_000)))
    function* interrupted() {
      yield* photos.slice(0, 25)
      // Until the first pack is written, there is nothing to find.
      yield photos[25]!
      stop.abort()
      yield* photos.slice(26)
    }
    await expect(snapshot(null, interrupted(), stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect((await small.vault.snapshots()).snapshots).toEqual([])
    expect(await small.storage.list('lock')).toEqual([])
    const kept = (await small.vault.index()).size
    const { bytesRead, snapshot: taken } = await snapshot(null, photos)
    expect(bytesRead).toBe((30 - kept) * 1_000_000)
    expect((await contentOf(small.vault, taken)).size).toBe(30)
  })

  it('throws what the source of changes throws', async () => {
    function* failing(): Generator<Change> {
      yield given('a', Buffer.from('a'))
      throw new Error('no more')
    }
    await expect(snapshot(null, failing())).rejects.toThrow('no more')
    expect((await small.vault.snapshots()).snapshots).toEqual([])
  })
})

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
