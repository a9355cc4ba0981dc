/** The tests' own ground: programs are found with their versions, run to their end, and missed aloud in CI. */
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPeers, run } from '../peers/peers.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidekeep-peers-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function makeProgram(path: string, says: string): string {
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`)
  chmodSync(path, 0o755)
  return path
}

describe('finding peers', () => {
  it('finds every version, the newest first', async () => {
    const places = ['a', 'b', 'c'].map((name) => join(folder, name))
    for (const place of places) await run('mkdir', [place])
    const older = makeProgram(join(folder, 'a', 'restic'), 'restic 0.9.6 compiled with go1.12')
    const newer = makeProgram(join(folder, 'b', 'restic'), 'restic 0.19.1 compiled with go1.26')
    symlinkSync(older, join(folder, 'c', 'restic'))
    expect(findPeers('restic', places)).toEqual([
      { name: 'restic', path: newer, version: '0.19.1' },
      { name: 'restic', path: older, version: '0.9.6' },
    ])
  })

  it('takes no folder and no file that cannot be run for a program', async () => {
    writeFileSync(join(folder, 'rclone'), 'text')
    await run('mkdir', [join(folder, 'litmus')])
    expect([...findPeers('rclone', [folder]), ...findPeers('litmus', [folder, '/nowhere'])]).toEqual([])
  })

  it.each([
    { ci: 'true', expected: /1 failed/ },
    { ci: '', expected: /1 skipped/ },
  ])('a missing peer with CI=“$ci” gives: $expected', async ({ ci, expected }) => {
    const peers = join(import.meta.dirname, '..', 'peers', 'peers.ts')
    writeFileSync(
      join(folder, 'missing.test.ts'),
      `import { describePeer } from ${JSON.stringify(peers)}\ndescribePeer('litmus', 'our server', () => {})\n`,
    )
    const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs')
    const { stdout } = await run(process.execPath, [vitest, 'run', '--root', folder, '--reporter=verbose'], {
      env: { CI: ci, PATH: '', XDG_CACHE_HOME: folder, NO_COLOR: '1' },
    })
    expect(stdout.toString()).toMatch(expected)
    expect(stdout.toString()).toContain('needs litmus, which is not installed')
  })
})

describe('running a program', () => {
  it('gives its status and everything it printed, as bytes', async () => {
    const { code, stdout, stderr } = await run('sh', ['-c', 'cat; echo oh >&2; exit 3'], {
      input: new Uint8Array([0, 255]),
    })
    expect({ code, stdout: [...stdout], stderr }).toEqual({ code: 3, stdout: [0, 255], stderr: 'oh\n' })
  })

  it('passes folder and environment on', async () => {
    const { stdout } = await run('sh', ['-c', 'pwd; echo "$GREETING"'], {
      cwd: folder,
      env: { GREETING: 'hello' },
    })
    expect(stdout.toString()).toBe(`${folder}\nhello\n`)
  })

  it('kills it when its time is over', async () => {
    expect(await run('sleep', ['60'], { timeout: 50 })).toMatchObject({ code: null })
  })

  it('rejects when there is no such program', async () => {
    await expect(run(join(folder, 'nothing'), [])).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
