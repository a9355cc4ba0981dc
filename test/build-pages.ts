/** Builds the phone's pages. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const PROJECT = join(import.meta.dirname, '..')

/** To where the engine serves them from, as `npm run build` does. */
export async function buildPages(): Promise<void> {
  await buildTo(join(PROJECT, 'dist', 'phone'))
}

/** To a new folder of a test's own, so that no other test reads them half written. @returns the folder, to be removed by the caller. */
export async function buildPagesApart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-pages-'))
  await buildTo(folder)
  return folder
}

async function buildTo(folder: string): Promise<void> {
  await build({
    configFile: join(PROJECT, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
}
