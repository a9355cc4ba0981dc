/** Builds the phone's pages into a folder of a test's own, so that nobody reads them half written. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

/** @returns the new folder, to be removed by the caller. */
export async function buildPages(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-pages-'))
  await build({
    configFile: join(import.meta.dirname, '..', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
  return folder
}
