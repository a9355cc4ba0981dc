/** A replica in a folder of its own, with one phone, for one test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type Collection, findCollection } from '../../../main/replica/collections.ts'
import { receiveFile } from '../../../main/replica/files.ts'
import type { PutOutcome } from '../../../main/replica/items.ts'
import { addPhone, type Phone } from '../../../main/replica/phones.ts'
import { openReplica, type Replica } from '../../../main/replica/replica.ts'
import { storeFile, storeText } from '../../../main/replica/store.ts'
import { realWorld, type World } from '../../../main/world.ts'

export interface TestReplica {
  folder: string
  replica: Replica
  phone: Phone
  book: Collection
  calendar: Collection
  library: Collection
  putCard(name: string, text: string): Promise<PutOutcome>
  putPhoto(name: string, bytes: Uint8Array, modifiedAt?: number): Promise<PutOutcome>
}

/** The real world, and a list of what it syncs, in order: `file`, or `folder` and its name. */
export function notingSyncs(): { world: World; steps: string[] } {
  const steps: string[] = []
  const world: World = {
    ...realWorld,
    durability: {
      async syncFile(file) {
        steps.push('file')
        await file.sync()
      },
      async syncFolder(path) {
        steps.push(`folder ${basename(path)}`)
        await realWorld.durability.syncFolder(path)
      },
    },
  }
  return { world, steps }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function testReplica(world: World = realWorld): Promise<TestReplica> {
  const folder = await temporaryFolder()
  const replica = openReplica(folder, world)
  onTestFinished(() => replica.close().catch(() => undefined))
  const { phone } = await addPhone(replica, 'Ada’s Pixel')
  const library = findCollection(replica, phone.id, 'files', 'photos')!
  const book = findCollection(replica, phone.id, 'contacts', 'contacts')!
  return {
    folder,
    replica,
    phone,
    book,
    calendar: findCollection(replica, phone.id, 'calendar', 'calendar')!,
    library,
    putCard: (name, text) => storeText(replica, book, name, Buffer.from(text), 'test'),
    async putPhoto(name, bytes, modifiedAt = 1_600_000_000_000) {
      const received = await receiveFile(replica, Readable.from([Buffer.from(bytes)]), 1 << 30)
      return storeFile(replica, phone, library, name, received, modifiedAt, 'test')
    },
  }
}

export function card(uid: string, name: string): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nN:;${name};;;\r\nFN:${name}\r\nEND:VCARD\r\n`
}

/** A clock that a test sets. */
export function worldAt(start: number): World & { set(time: number): void } {
  let time = start
  return { ...realWorld, now: () => time, set: (next) => (time = next) }
}
