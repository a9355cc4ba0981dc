/** What we write, read by the real restic: after every kind of operation it finds nothing wrong, and the same bytes. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHUNK_LENGTH } from '../../main/vault/chunker.ts'
import { idOf } from '../../main/vault/crypto.ts'
import { addKey, replaceRecoveryCode } from '../../main/vault/keys.ts'
import { realWorld } from '../../main/world.ts'
import {
  bytesFor,
  contentOf,
  type Files,
  folderOf,
  makeSmallVault,
  PASSWORD,
  type SmallVault,
} from '../small-vault.ts'
import { describeEachPeer, run } from './peers.ts'

const COST = { N: 1024, r: 8, p: 1 }
const ODD_NAMES = [
  'ü “quoted” "plain" \\back',
  'n\u00a0b\u200dz',
  '😀',
  'Ａ',
  '<&>',
  'tab\there',
  'CON',
  '-rf',
]
const FIRST: Files = {
  'Ada/sidekeep.json': Buffer.from('{"version":1}'),
  ...folderOf('Ada/Photos/2026/11', 8, 300_000),
  ...folderOf('Ada/Contacts/Family', 200, 400),
  'Ada/Contacts/Family/empty.vcf': Buffer.alloc(0),
  'Ada/Photos/2026/11/long.mp4': bytesFor('long', 2 * CHUNK_LENGTH + 77),
  ...Object.fromEntries(ODD_NAMES.map((name) => [`Ada/Odd/${name}`, bytesFor(name, 100)])),
}
const TEXT = Buffer.from('BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n'.repeat(40))

describeEachPeer('restic', 'a vault of ours', (restic) => {
  let small: SmallVault

  beforeAll(async () => {
    small = await makeSmallVault()
  })
  afterAll(() => small.remove())

  async function resticRun(args: string[], password = PASSWORD): Promise<Buffer> {
    const env = { RESTIC_REPOSITORY: small.folder, RESTIC_PASSWORD: password }
    const { code, stdout, stderr } = await run(restic.path, ['--no-cache', ...args], { env })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return stdout
  }

  async function expectClean(): Promise<void> {
    const told = (await resticRun(['check', '--read-data'])).toString()
    expect(told).toContain('no errors were found')
    expect(told).not.toMatch(/hint|duplicate|additional|mixed|warn/i)
  }

  async function expectRestored(): Promise<void> {
    const { snapshot } = small.history.at(-1)!
    const folder = await mkdtemp(join(tmpdir(), 'sidekeep-restic-'))
    await resticRun(['restore', snapshot.id, '--target', folder])
    const restored = new Map<string, string>()
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile()) restored.set(path.slice(folder.length + 1), idOf(await readFile(path)))
    }
    await rm(folder, { recursive: true })
    expect(new Map([...restored].sort())).toEqual(
      new Map([...(await contentOf(small.vault, snapshot))].sort()),
    )
  }

  it('is clean when it is new', expectClean)

  it('is clean after the first snapshot, and restic restores every byte of it', async () => {
    await small.backUp(FIRST)
    await expectClean()
    await expectRestored()
  })

  it('shows its tree and its snapshot', async () => {
    const told = (await resticRun(['ls', 'latest', '--json'])).toString().trim().split('\n')
    const [, ...nodes] = told.map((line) => JSON.parse(line) as { path: string })
    const paths = nodes.map(({ path }) => path)
    for (const path of Object.keys(FIRST)) expect(paths).toContain(`/${path}`)
    const [snapshot] = JSON.parse((await resticRun(['snapshots', '--json'])).toString())
    expect(snapshot).toMatchObject({ id: small.history[0]!.snapshot.id, hostname: 'pc', paths: ['/'] })
  })

  it('gives single files by dump', async () => {
    for (const path of ['Ada/Photos/2026/11/long.mp4', 'Ada/Odd/😀', 'Ada/Contacts/Family/empty.vcf']) {
      const dumped = await resticRun(['dump', 'latest', `/${path}`])
      expect(dumped.equals(FIRST[path]!), path).toBe(true)
    }
  })

  it('is clean after changes and additions', async () => {
    await small.backUp({
      'Ada/Contacts/Family/0.jpg': TEXT,
      'Ada/Contacts/Family/new.vcf': TEXT.subarray(33),
      ...folderOf('Ada/Photos/2026/12', 3, 200_000),
      'Grace/Contacts/Work/a.vcf': TEXT.subarray(66),
    })
    await expectClean()
    await expectRestored()
  })

  it('is clean after removals of files and folders', async () => {
    await small.backUp({
      'Ada/Contacts/Family/1.jpg': null,
      'Ada/Photos/2026/11': null,
      'Grace/Contacts/Work/a.vcf': null,
    })
    for (const path of Object.keys(FIRST)) {
      if (path.startsWith('Ada/Photos/2026/11/'))
        (small.history.at(-1)!.content as Map<string, string>).delete(path)
    }
    await expectClean()
    await expectRestored()
  })

  it('is clean after a backup of no changes, which costs next to nothing', async () => {
    const before = await small.storage.list('pack')
    await small.backUp({})
    expect(await small.storage.list('pack')).toEqual(before)
    expect(small.history.at(-1)!.snapshot.tree).toBe(small.history.at(-2)!.snapshot.tree)
    await expectClean()
    expect(
      (
        await resticRun(['diff', small.history.at(-2)!.snapshot.id, small.history.at(-1)!.snapshot.id])
      ).toString(),
    ).not.toMatch(/^[+M-] /m)
  })

  it('opens with each of its keys, also the recovery code', async () => {
    await addKey(small.storage, realWorld, small.vault.masterKey, 'zweites ✓', 'ada', COST)
    const code = await replaceRecoveryCode(small.vault, COST)
    for (const password of [PASSWORD, 'zweites ✓', code]) await resticRun(['snapshots'], password)
    const env = { RESTIC_REPOSITORY: small.folder, RESTIC_PASSWORD: 'wrong' }
    expect((await run(restic.path, ['--no-cache', 'snapshots'], { env })).code).not.toBe(0)
  })

  it('is locked for restic while we work, and restic’s question whether we live does not end us', async () => {
    await small.vault.withLock('exclusive', {}, async () => {
      const env = { RESTIC_REPOSITORY: small.folder, RESTIC_PASSWORD: PASSWORD }
      const { code, stderr } = await run(restic.path, ['--no-cache', 'check'], { env })
      expect(code).not.toBe(0)
      expect(stderr).toMatch(/locked/)
      await resticRun(['unlock'])
      expect(await small.storage.list('lock')).toHaveLength(1)
    })
  })
})
