/** Opens the engine in this process, with passwords in files that only their owner can read. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Engine, openEngine } from '../engine.ts'
import { readPrivate, removePrivate, writePrivate } from '../private-file.ts'
import type { Secrets } from '../secrets.ts'
import { realWorld, type World } from '../world.ts'

export function openHere(dataFolder: string, log: (line: string) => void): Promise<Engine> {
  const secrets = secretFiles(realWorld, join(dataFolder, 'secrets'))
  return openEngine({ dataFolder, world: realWorld, secrets, hostname: hostname(), log })
}

function secretFiles(world: World, folder: string): Secrets {
  return {
    read: async (name) => (await readPrivate(join(folder, name)))?.trim(),
    write: (name, value) => writePrivate(world, join(folder, name), `${value}\n`),
    remove: (name) => removePrivate(join(folder, name)),
  }
}
