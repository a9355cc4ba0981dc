/** litmus, the WebDAV protocol test suite, passes in full. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startDav } from './dav-fixture.ts'
import { describePeer, run } from './peers.ts'

describePeer('litmus', 'WebDAV conformance', ({ path }) => {
  it.each(['basic', 'copymove', 'props', 'locks', 'http'])('%s', async (suite) => {
    await using dav = await startDav()
    const { urls, user, password } = dav.phone
    const folder = await mkdtemp(join(tmpdir(), 'sidekeep-litmus-'))
    try {
      const result = await run(path, ['-k', urls.files, user, password], {
        cwd: folder,
        env: { TESTS: suite },
      })
      const output = result.stdout.toString()
      expect(output).toMatch(/: of (\d+) tests run: \1 passed, 0 failed/)
      expect(output).not.toMatch(/WARNING|SKIPPED/)
      expect(result.code).toBe(0)
      expect(dav.logged).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
