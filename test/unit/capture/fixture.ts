/** An engine with links to nothing, for tests of captures and sends. */
import { onTestFinished } from 'vitest'
import { type Engine, openEngine } from '../../../main/engine.ts'
import type { Link } from '../../../main/links/link.ts'
import { realWorld } from '../../../main/world.ts'
import { temporaryFolder } from '../replica/fixture.ts'
import type { FakeLink } from './fake-link.ts'

export interface Started {
  engine: Engine
  secrets: Map<string, string>
  /** Lets the timers that look every so many milliseconds look. */
  look(every: number): void
  /** Moves the clock on, in milliseconds. */
  later(by: number): void
}

export async function start(...links: Link[]): Promise<Started> {
  return startIn(await temporaryFolder(), ...links)
}

export async function startIn(dataFolder: string, ...links: Link[]): Promise<Started> {
  const secrets = new Map<string, string>()
  const looks: { every: number; look: () => void }[] = []
  let shift = 0
  const world = { ...realWorld, now: () => realWorld.now() + shift }
  const engine = await openEngine({
    ...{ dataFolder, world, hostname: 'test', links: () => links },
    secrets: {
      read: async (name) => secrets.get(name),
      write: async (name, value) => void secrets.set(name, value),
      remove: async (name) => void secrets.delete(name),
    },
    timers: {
      every(every, look) {
        looks.push({ every, look })
        return () => undefined
      },
    },
    log: () => undefined,
  })
  onTestFinished(() => engine.close().catch(() => undefined))
  return {
    engine,
    secrets,
    look(wanted) {
      for (const { every, look } of looks) if (every === wanted) look()
    },
    later(by) {
      shift += by
    },
  }
}

export function fill(link: FakeLink, contacts: number, files = 0): void {
  for (let n = 0; n < contacts; n++) link.contacts.set(`uid-${n}`, `Name ${n}`)
  for (let n = 0; n < files; n++)
    link.files.set(`DCIM/Camera/IMG_${n}.jpg`, { bytes: `photo ${n}`, modifiedAt: 1_600_000_000_000 + n })
}

export const capture = (engine: Engine, more: object = {}) =>
  engine.call('links.capture', { source: 'Pixel 8', ...more })
export const itemsOf = async (engine: Engine) =>
  (await engine.call('phones.list', {})).map(({ name, items }) => [name, items])
export const none = { added: 0, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
