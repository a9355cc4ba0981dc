/** restic as a contender: a repository of its own in a folder, with its cache. */
import { join } from 'node:path'
import type { Peer } from '../peers/peers.ts'
import { type Finished, timeProgram } from './measure.ts'

export interface Restic {
  init(): Promise<Finished>
  backup(source: string, ...options: string[]): Promise<Finished>
  restore(target: string): Promise<Finished>
}

/** @param folder holds the repository and the cache. */
export function resticIn(folder: string, restic: Peer): Restic {
  const env = {
    RESTIC_REPOSITORY: join(folder, 'repository'),
    RESTIC_CACHE_DIR: join(folder, 'cache'),
    RESTIC_PASSWORD: 'bench',
  }
  const call = (...args: string[]) => timeProgram(restic.path, [...args, '--quiet'], { env })
  return {
    init: () => call('init', '--repository-version', '2'),
    backup: (source, ...options) => call('backup', source, ...options),
    restore: (target) => call('restore', 'latest', '--target', target),
  }
}
