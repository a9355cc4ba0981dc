/** An engine that reads phones through their ADB server, and what it holds of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, openEngine } from '../../main/engine.ts'
import { type AndroidOptions, createAndroidLink } from '../../main/links/android/android.ts'
import { listCollections } from '../../main/replica/collections.ts'
import { filePath } from '../../main/replica/files.ts'
import { listItems, readBody } from '../../main/replica/items.ts'
import { findPhone } from '../../main/replica/phones.ts'
import type { Replica } from '../../main/replica/replica.ts'
import { realWorld } from '../../main/world.ts'
import type { Output } from '../../preload/contract.ts'

export interface Keeper {
  engine: Engine
  replica: Replica
  /** The only phone, or that with this serial number. */
  source(serial?: string): Promise<Output<'links.list'>[number]>
  /** Cards and events as they are held, in an order of their own. */
  texts(kind: 'contacts' | 'calendar'): string[]
  /** Photos by their path, as they lie on the disk. */
  photos(): Promise<Map<string, Buffer>>
  close(): Promise<void>
}

const PHONE = 'Pixel 8'

/** @param socket of the ADB server. @param more options of the link. */
export async function openKeeper(
  socket: string,
  more: Pick<AndroidOptions, 'silence'> = {},
): Promise<Keeper> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sidekeep-keeper-'))
  let replica!: Replica
  const engine = await openEngine({
    ...{ dataFolder, world: realWorld, hostname: 'test' },
    secrets: { read: async () => undefined, write: async () => undefined, remove: async () => undefined },
    // Nothing is looked for by itself.
    timers: { every: () => () => undefined },
    links(opened) {
      replica = opened
      return [
        createAndroidLink({ at: { path: socket }, start: async () => false, now: realWorld.now, ...more }),
      ]
    },
    log: () => undefined,
  })
  const collections = () => {
    const phone = findPhone(replica, PHONE)
    return phone ? listCollections(replica, phone.id) : []
  }
  return {
    engine,
    replica,
    async source(serial) {
      const sources = await engine.call('links.list', {})
      const found = serial ? sources.find(({ source }) => source.endsWith(serial)) : sources[0]
      if (!found) throw new Error('no phone is there')
      return found
    },
    texts: (kind) =>
      collections()
        .filter((collection) => collection.kind === kind)
        .flatMap(({ id }) => listItems(replica, id).map(({ seq }) => readBody(replica, seq)!.toString()))
        .sort(),
    async photos() {
      const library = collections().find(({ kind, name }) => kind === 'files' && name === 'photos')
      const files = library ? listItems(replica, library.id).filter(({ fileId }) => fileId !== null) : []
      const read = files.map(
        async ({ name, fileId }) => [name, await readFile(filePath(replica, fileId!))] as const,
      )
      return new Map(await Promise.all(read))
    },
    async close() {
      await engine.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
