/** Builds the phone's pages and the window's. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'

const PROJECT = join(import.meta.dirname, '..')
const PHONE = 'vite.config.ts'

/** To where the engine serves them from, as `npm run build` does. */
export async function buildPages(): Promise<void> {
  await buildTo(PHONE, join(PROJECT, 'dist', 'phone'))
}

export async function buildWindow(): Promise<void> {
  await buildTo('vite.desktop.config.ts', join(PROJECT, 'dist', 'desktop'))
}

/** The phone's to a new folder of a test's own, so that no other test reads them half written. @returns the folder, to be removed by the caller. */
export async function buildPagesApart(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-pages-'))
  await buildTo(PHONE, folder)
  return folder
}

async function buildTo(config: string, folder: string): Promise<void> {
  await build({
    configFile: join(PROJECT, config),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
}
