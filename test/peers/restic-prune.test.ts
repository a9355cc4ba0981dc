/** Forget, prune and repair beside the real restic: what one leaves behind, the other finds whole and goes on with. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { check } from '../../main/vault/check.ts'
import { idOf } from '../../main/vault/crypto.ts'
import { forget } from '../../main/vault/forget.ts'
import { createLocalStorage } from '../../main/vault/local-storage.ts'
import { prune } from '../../main/vault/prune.ts'
import { repair } from '../../main/vault/repair.ts'
import { openVault } from '../../main/vault/vault.ts'
import { realWorld } from '../../main/world.ts'
import {
  bytesFor,
  contentOf,
  folderOf,
  makeShrinkingVault,
  PASSWORD,
  type SmallVault,
} from '../small-vault.ts'
import { describeEachPeer, run } from './peers.ts'

let original: SmallVault
let small: SmallVault

beforeAll(async () => {
  original = await makeShrinkingVault()
})
afterAll(() => original.remove())
beforeEach(async () => {
  small = await original.clone()
})
afterEach(() => small.remove())

async function expectWhole(vault: SmallVault, snapshots = vault.history): Promise<void> {
  await vault.reopen()
  expect((await check(vault.vault, { readData: true }, {})).findings).toEqual([])
  for (const { snapshot, content } of snapshots)
    expect(await contentOf(vault.vault, snapshot)).toEqual(content)
}

describeEachPeer('restic', 'forget, prune and repair', (restic) => {
  async function resticRun(repository: string, ...args: string[]) {
    const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: PASSWORD }
    const { code, stdout, stderr } = await run(restic.path, ['--no-cache', ...args], { env })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return stdout
  }

  async function expectCleanForRestic(repository = small.folder): Promise<void> {
    const told = (await resticRun(repository, 'check', '--read-data')).toString()
    expect(told).toContain('no errors were found')
    expect(told).not.toMatch(/hint|duplicate|additional|mixed/i)
  }

  it('by us are clean for restic', async () => {
    await forget(small.vault, { last: 2 }, {})
    await expectCleanForRestic()
    expect((await prune(small.vault, { mostUnused: 0 }, {})).bytesFreed).toBeGreaterThan(0)
    await expectCleanForRestic()
    const photo = await resticRun(small.folder, 'dump', 'latest', '/Photos/old/3.jpg')
    expect(idOf(photo)).toBe(idOf(bytesFor('Photos/old/3', 40_000)))
    expect(JSON.parse((await resticRun(small.folder, 'snapshots', '--json')).toString())).toHaveLength(2)
    expect((await resticRun(small.folder, 'prune', '--dry-run', '--max-unused', '0')).toString()).toMatch(
      /unused size after prune: 0/,
    )
  })

  it('a repair by us is clean for restic', async () => {
    const photo = bytesFor('Photos/new/2', 40_000)
    const place = (await small.vault.index()).find('data', idOf(photo))!
    const path = join(small.folder, 'data', place.pack.slice(0, 2), place.pack)
    const bytes = await readFile(path)
    bytes[place.offset + 1000]! ^= 4
    await chmod(path, 0o600)
    await writeFile(path, bytes)
    const [index] = await small.storage.list('index')
    await small.storage.remove('index', index!.id)
    const { lost } = await repair(
      await small.reopen(),
      async (id) => (id === idOf(photo) ? photo : undefined),
      {},
    )
    expect(lost).toEqual([])
    await expectCleanForRestic()
    await expectWhole(small)
  })

  it('by restic leave a vault that we go on with', async () => {
    await small.backUp(folderOf('Photos/late', 3, 50_000))
    await resticRun(small.folder, 'forget', '--keep-last', '2', '--prune', '--max-unused', '0')
    const kept = small.history.slice(-2)
    await expectWhole(small, kept)
    await small.backUp({ ...folderOf('Photos/later', 3, 50_000), 'Photos/new/1.jpg': null })
    await expectWhole(small, small.history.slice(-3))
    await expectCleanForRestic()
  })

  it('by restic under our open vault are noticed', async () => {
    await contentOf(small.vault, small.history[3]!.snapshot)
    await resticRun(small.folder, 'forget', '--keep-last', '1', '--prune', '--max-unused', '0')
    await small.backUp(folderOf('Photos/old', 6, 40_000))
    await expectWhole(small, small.history.slice(-2))
    await expectCleanForRestic()
  })

  it("by us on restic's own repository are clean for restic, too", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidekeep-restic-'))
    const [repository, source] = [join(folder, 'repository'), join(folder, 'source')]
    const vault = await makeResticRepository(repository, source)
    try {
      await forget(vault, { last: 1 }, {})
      const { packsRepacked, bytesFreed } = await prune(vault, { mostUnused: 0 }, {})
      expect(packsRepacked).toBeGreaterThan(0)
      expect(bytesFreed).toBeGreaterThan(1_000_000)
      await expectCleanForRestic(repository)
      await resticRun(repository, 'restore', 'latest', '--target', join(folder, 'restored'))
      const restored = await readFile(join(folder, 'restored', source, 'b'))
      expect(idOf(restored)).toBe(idOf(bytesFor('b', 2_000_000)))
    } finally {
      await vault.close()
      await rm(folder, { recursive: true })
    }
  })

  /** Two snapshots, the second without the file `a` of the first. */
  async function makeResticRepository(repository: string, source: string) {
    await mkdir(source)
    await resticRun(repository, 'init')
    await writeFile(join(source, 'a'), bytesFor('a', 2_000_000))
    await writeFile(join(source, 'b'), bytesFor('b', 2_000_000))
    await writeFile(join(source, 'text'), 'some words '.repeat(10_000))
    await resticRun(repository, 'backup', source)
    await rm(join(source, 'a'))
    await resticRun(repository, 'backup', source)
    return openVault(createLocalStorage(repository, realWorld), PASSWORD, realWorld)
  }
})
