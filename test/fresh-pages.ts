/** Before all tests: builds the phone's pages where their sources are younger, for the engine serves what was built. */
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildPages } from './build-pages.ts'

const PROJECT = join(import.meta.dirname, '..')
const SOURCES = ['renderer/phone/**/*', 'preload/*.ts', 'vite.config.ts', 'package-lock.json']

export default async function setup(): Promise<void> {
  const changedAt = (path: string) => statSync(join(PROJECT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const youngest = Math.max(...globSync(SOURCES, { cwd: PROJECT }).map(changedAt))
  if (changedAt('dist/phone/index.html') < youngest) await buildPages()
}
