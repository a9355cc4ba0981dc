/** rclone copies, syncs and checks a photo folder over our WebDAV. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { describeCorpus } from '../corpus.ts'
import { type DavFixture, startDav } from './dav-fixture.ts'
import { describePeer, type Peer, run } from './peers.ts'

describePeer('rclone', 'A photo folder', (peer) => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sidekeep-rclone-'))
    return () => rmSync(folder, { recursive: true, force: true })
  })

  it('is copied there and back with its times, whatever the names', async () => {
    await using dav = await startDav()
    const names = [
      'IMG_0001.JPG',
      'Été à la plage.heic',
      'a&b #1 100%.mov',
      'deep/er/folder/x',
      'empty',
      '雪.png',
    ]
    for (const [at, name] of names.entries()) {
      const path = join(folder, 'out', name)
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, name === 'empty' ? '' : Buffer.alloc(100_000 * at + 17, name))
      utimesSync(path, 1_600_000_000 + at, 1_600_000_000 + at)
    }
    await rclone(peer, dav, ['copy', join(folder, 'out'), 'phone:Camera'])
    await rclone(peer, dav, ['check', '--download', join(folder, 'out'), 'phone:Camera'])
    await rclone(peer, dav, ['copy', 'phone:Camera', join(folder, 'back')])
    await rclone(peer, dav, ['check', join(folder, 'out'), join(folder, 'back')])
    for (const [at, name] of names.entries()) {
      expect(statSync(join(folder, 'back', name)).mtimeMs).toBe((1_600_000_000 + at) * 1000)
    }
    expect(dav.logged).toEqual([])
  })

  it('sends again only what changed, and takes away what is gone', async () => {
    await using dav = await startDav()
    const out = join(folder, 'out')
    mkdirSync(out)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(out, name), `content of ${name}`)
    await rclone(peer, dav, ['sync', out, 'phone:'])
    const before = dav.replica.lastSeq()
    await rclone(peer, dav, ['sync', out, 'phone:'])
    expect(dav.replica.lastSeq()).toBe(before)

    writeFileSync(join(out, 'b'), 'longer content of b')
    rmSync(join(out, 'c'))
    await rclone(peer, dav, ['sync', out, 'phone:'])
    expect(dav.replica.lastSeq()).toBe(before + 2)
    await rclone(peer, dav, ['check', '--download', out, 'phone:'])
  })

  it('moves and deletes on the server', async () => {
    await using dav = await startDav()
    mkdirSync(join(folder, 'out'))
    writeFileSync(join(folder, 'out', 'a'), 'a')
    await rclone(peer, dav, ['copy', join(folder, 'out'), 'phone:from'])
    await rclone(peer, dav, ['moveto', 'phone:from', 'phone:to'])
    expect(await rclone(peer, dav, ['lsf', '-R', 'phone:'])).toBe('to/\nto/a\n')
    await rclone(peer, dav, ['purge', 'phone:to'])
    expect(await rclone(peer, dav, ['lsf', '-R', 'phone:'])).toBe('')
  })

  it('has its free space told', async () => {
    await using dav = await startDav()
    const about = JSON.parse(await rclone(peer, dav, ['about', '--json', 'phone:'])) as { free: number }
    expect(about.free).toBeGreaterThan(0)
  })

  describeCorpus('of real photos', 'photos', (files) => {
    it('comes back byte for byte', async () => {
      await using dav = await startDav()
      for (const file of files) cpSync(file.path, join(folder, 'out', file.name), { recursive: true })
      await rclone(peer, dav, ['copy', join(folder, 'out'), 'phone:'])
      await rclone(peer, dav, ['check', '--download', join(folder, 'out'), 'phone:'])
    })
  })
})

/** Runs rclone with `phone:` as the file library. @returns what it printed. */
async function rclone({ path }: Peer, { phone }: DavFixture, args: string[]): Promise<string> {
  const obscured = await run(path, ['obscure', phone.password])
  const { code, stdout, stderr } = await run(path, args, {
    env: {
      RCLONE_CONFIG: '/dev/null',
      RCLONE_CONFIG_PHONE_TYPE: 'webdav',
      RCLONE_CONFIG_PHONE_URL: phone.urls.files,
      // The only kind for which rclone sends times along.
      RCLONE_CONFIG_PHONE_VENDOR: 'owncloud',
      RCLONE_CONFIG_PHONE_USER: phone.user,
      RCLONE_CONFIG_PHONE_PASS: obscured.stdout.toString().trim(),
    },
  })
  if (code !== 0) throw new Error(`rclone ${args.join(' ')} failed: ${stderr}`)
  return stdout.toString()
}
