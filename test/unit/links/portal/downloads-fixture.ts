/** The portal's downloads over HTTP, for two phones with a session each, with a real vault behind them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { createDownloads } from '../../../../main/links/portal/downloads/downloads.ts'
import { createPortalHandler } from '../../../../main/links/portal/server.ts'
import type { ThumbnailSource } from '../../../../main/photos/thumbnails.ts'
import { openSession } from '../../../../main/replica/browser-sessions.ts'
import { findCollection } from '../../../../main/replica/collections.ts'
import { receiveFile } from '../../../../main/replica/files.ts'
import { addPhone, type Phone } from '../../../../main/replica/phones.ts'
import { storeFile } from '../../../../main/replica/store.ts'
import { createPoints } from '../../../../main/restore/points.ts'
import { realWorld, type World } from '../../../../main/world.ts'
import type { ListedPhoto } from '../../../../preload/portal.ts'
import { type TestRestore, testRestore } from '../../restore/fixture.ts'
import { type Browser, openBrowser } from './fixture.ts'

export interface TestDownloads extends TestRestore {
  base: string
  /** The phone's browser, and that of another phone of the same computer. */
  browser: Browser
  other: Browser
  /** Opens a session of one more phone. */
  openFor(phone: Phone): Promise<Browser>
  /** Lines that were logged. */
  logged: string[]
  /** What thumbnails were asked for. */
  small: ThumbnailSource[]
  /** What the vault does when it is asked for; a test may make it fail. */
  vault: { fail: Error | undefined }
  putOthersPhoto(name: string, bytes: Uint8Array): Promise<unknown>
  /** All photos that are listed, page by page. */
  listAll(at?: string, most?: number): Promise<ListedPhoto[]>
}

export async function testDownloads(world: World = realWorld): Promise<TestDownloads> {
  const kept = await testRestore(world)
  const { replica, phone, tools } = kept
  const { phone: otherPhone } = await addPhone(replica, 'Bob’s iPhone')
  const logged: string[] = []
  const small: ThumbnailSource[] = []
  const vault: TestDownloads['vault'] = { fail: undefined }
  const log = (message: string, error: unknown) => logged.push(`${message}: ${error}`)
  const openVault = async () => {
    if (vault.fail) throw vault.fail
    return tools.vault
  }
  const thumbnails = {
    async of(source: ThumbnailSource) {
      small.push(source)
      return source.mediaType === 'image/jpeg' ? Buffer.from(`small ${source.hash}`) : undefined
    },
    mayHave: async ({ mediaType }: Pick<ThumbnailSource, 'mediaType'>) => mediaType === 'image/jpeg',
    close: async () => undefined,
  }
  const { methods, routes } = createDownloads({
    ...{ replica, thumbnails, log },
    points: createPoints({ replica, openVault, log }),
  })
  const handler = createPortalHandler({
    ...{ replica, methods, log, openRoutes: {} },
    routes: { ...routes },
    ready: () => true,
    pages: { answer: () => Promise.reject(new Error('no page was to be asked for')) },
  })
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const openFor = async ({ id }: Phone) => {
    const browser = openBrowser(base)
    browser.cookies.set('sidekeep', await replica.write((tx) => openSession(tx, world, id)))
    return browser
  }
  const browser = await openFor(phone)
  return {
    ...kept,
    ...{ base, browser, openFor, logged, small, vault },
    other: await openFor(otherPhone),
    async putOthersPhoto(name, bytes) {
      const library = findCollection(replica, otherPhone.id, 'files', 'photos')!
      const received = await receiveFile(replica, Readable.from([bytes]), 1 << 30)
      return storeFile(replica, otherPhone, library, name, received, 1_600_000_000_000, 'test')
    },
    async listAll(at, most = 200) {
      const photos: ListedPhoto[] = []
      let after: string | undefined
      do {
        const page = await browser.call('photos.list', { at, after, most })
        photos.push(...page.photos)
        after = page.next ?? undefined
      } while (after !== undefined)
      return photos
    },
  }
}

/** The bytes of an answer that was not refused. */
export async function bytesOf(answer: Response): Promise<Buffer> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

/** A JPEG of that many bytes, with nothing in it but its first sign and whatever `seed` makes. */
export function fakeJpeg(seed: number, size = 1000): Buffer {
  const bytes = Buffer.alloc(size, seed)
  Buffer.from('ffd8ffe0', 'hex').copy(bytes)
  bytes.writeUInt32LE(seed, 4)
  return bytes
}
