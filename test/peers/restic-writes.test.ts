/** What the real restic writes, read by us: its repositories listed and restored, and used by turns with it. */
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeSnapshot } from '../../main/vault/archive.ts'
import { check } from '../../main/vault/check.ts'
import { idOf } from '../../main/vault/crypto.ts'
import { findNode, readFileBytes } from '../../main/vault/extract.ts'
import { extractTo } from '../../main/vault/extract-to.ts'
import { toSeconds } from '../../main/vault/local-name.ts'
import { createLocalStorage } from '../../main/vault/local-storage.ts'
import type { Snapshot } from '../../main/vault/snapshot.ts'
import { openVault, type Vault } from '../../main/vault/vault.ts'
import { realWorld } from '../../main/world.ts'
import { bytesFor } from '../small-vault.ts'
import { describeEachPeer, run } from './peers.ts'

const PASSWORD = 'geheim ✓'
const TIME = Date.parse('2024-03-05T06:07:08.120Z')
const BAD_NAME = Buffer.from('bad\xffname', 'latin1')
const text = (what: string) => Buffer.from(`${what}\n`.repeat(500))

describeEachPeer('restic', 'a repository of restic’s', (restic) => {
  let folder: string
  let source: string
  let repository: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidekeep-restic-'))
    source = join(folder, 'source')
    repository = join(folder, 'repository')
    await mkdir(join(source, 'sub', 'deep'), { recursive: true })
    await mkdir(join(source, 'no files'))
    const files: Record<string, Buffer> = {
      'text.txt': text('hello'),
      empty: Buffer.alloc(0),
      'sub/large.bin': bytesFor('large', 12_000_000),
      'sub/deep/zeros': Buffer.alloc(3_000_000),
      'sub/ü "q" \\b\t<&>': text('odd'),
      'sub/n\u00a0b\u200dz😀': text('invisible'),
    }
    for (const [path, bytes] of Object.entries(files)) await writeFile(join(source, path), bytes)
    await symlink('../text.txt', join(source, 'sub', 'link'))
    await symlink('/not/there', join(source, 'dangling'))
    await utimes(join(source, 'text.txt'), toSeconds(TIME), toSeconds(TIME))
    // Only some systems let names be any bytes.
    if (process.platform === 'linux')
      await writeFile(Buffer.concat([Buffer.from(`${source}/`), BAD_NAME]), text('bad name'))
    await resticRun(['init'])
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function resticRun(args: string[]): Promise<string> {
    const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: PASSWORD }
    const { code, stdout, stderr } = await run(restic.path, ['--no-cache', ...args], { env, cwd: source })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return stdout.toString()
  }

  const open = () => openVault(createLocalStorage(repository, realWorld), PASSWORD, realWorld)

  async function newest(vault: Vault): Promise<Snapshot> {
    const { snapshots, unreadable } = await vault.snapshots()
    expect(unreadable).toEqual([])
    return snapshots.at(-1)!
  }

  /** Names, kinds, contents and link targets below a folder; names as bytes, one character each. */
  async function listing(top: string | Buffer, above = ''): Promise<Map<string, string>> {
    const seen = new Map<string, string>()
    for (const name of await readdir(top, { encoding: 'buffer' })) {
      const path = Buffer.concat([Buffer.from(top), Buffer.from('/'), name])
      const shown = above + name.toString('latin1')
      const found = await lstat(path)
      if (found.isSymbolicLink()) seen.set(shown, `link to ${await readlink(path)}`)
      else if (found.isFile()) seen.set(shown, idOf(await readFile(path)))
      else {
        seen.set(shown, 'folder')
        for (const [below, what] of await listing(path, `${shown}/`)) seen.set(below, what)
      }
    }
    return new Map([...seen].sort())
  }

  it.each(['auto', 'off'])('with compression %s is restored whole', async (compression) => {
    await resticRun(['backup', '--host', 'pc', '--tag', 't1', '--compression', compression, '.'])
    const vault = await open()
    const snapshot = await newest(vault)
    expect(snapshot).toMatchObject({ hostname: 'pc', tags: ['t1'] })
    const target = join(folder, 'target')
    const { skipped } = await extractTo(vault, snapshot.tree, target, {}, {})
    expect(skipped).toEqual([])
    expect(await listing(target)).toEqual(await listing(source))
    expect((await stat(join(target, 'text.txt'))).mtimeMs).toBeCloseTo(TIME, 0)
    const node = await findNode(vault, snapshot.tree, ['sub', 'large.bin'])
    expect(node!.content!.length).toBeGreaterThan(1)
    expect((await readFileBytes(vault, node!)).equals(bytesFor('large', 12_000_000))).toBe(true)
  })

  it('is gone on with by us, and by restic after us', async () => {
    await resticRun(['backup', '.'])
    const vault = await open()
    const base = await newest(vault)
    const request = { time: new Date(), hostname: 'pc', tags: [], paths: ['/'] }
    const card = text('card')
    const ours = await writeSnapshot(
      vault,
      {
        ...request,
        base: base.id,
        changes: [
          { path: ['new.vcf'], file: { size: card.length, modifiedAt: TIME, bytes: card } },
          { path: ['sub', 'deep'], remove: true },
        ],
      },
      {},
    )
    expect(ours).toMatchObject({ added: 1, deleted: 1 })
    const told = await resticRun(['check', '--read-data'])
    expect(told).toContain('no errors were found')
    const target = join(folder, 'target')
    await resticRun(['restore', ours.snapshot.id, '--target', target])
    await rm(join(source, 'sub', 'deep'), { recursive: true })
    await writeFile(join(source, 'new.vcf'), card)
    expect(await listing(target)).toEqual(await listing(source))

    await resticRun(['backup', '.'])
    const after = await newest(vault)
    const again = await writeSnapshot(vault, { ...request, base: after.id, changes: [] }, {})
    expect(again.snapshot.tree).toBe(after.tree)
    expect((await check(vault, { readData: true }, {})).findings).toEqual([])
    expect(await resticRun(['check', '--read-data'])).toContain('no errors were found')
  })

  it('that restic has pruned is still read by a vault that was open before', async () => {
    await resticRun(['backup', '.'])
    const vault = await open()
    const first = await newest(vault)
    expect(await findNode(vault, first.tree, ['text.txt'])).toBeDefined()
    await rm(join(source, 'sub', 'large.bin'))
    await writeFile(join(source, 'text.txt'), text('changed'))
    await resticRun(['backup', '.'])
    await resticRun(['forget', '--keep-last', '1', '--prune', '--max-unused', '0'])
    const target = join(folder, 'target')
    const { skipped } = await extractTo(vault, (await newest(vault)).tree, target, {}, {})
    expect(skipped).toEqual([])
    expect(await listing(target)).toEqual(await listing(source))
  })
})
