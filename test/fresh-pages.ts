/** Before all tests: builds the phone's pages and the window's where their sources are younger, for the engine serves what was built. */
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildPages, buildWindow } from './build-pages.ts'

const PROJECT = join(import.meta.dirname, '..')
const SHARED = ['preload/*.ts', 'package-lock.json']

export default async function setup(): Promise<void> {
  if (isStale('dist/phone/index.html', ['renderer/phone/**/*', 'vite.config.ts'])) await buildPages()
  if (isStale('dist/desktop/index.html', ['renderer/desktop/**/*', 'vite.desktop.config.ts']))
    await buildWindow()
}

function isStale(built: string, sources: string[]): boolean {
  const changedAt = (path: string) => statSync(join(PROJECT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const youngest = Math.max(...globSync([...sources, ...SHARED], { cwd: PROJECT }).map(changedAt))
  return changedAt(built) < youngest
}
