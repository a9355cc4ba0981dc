/** A folder of photos at a real WebDAV server: captured, changed, cut off, emptied, and filled again. */
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Server, startRclone } from '../bench/servers.ts'
import { seeded } from '../phone/chance.ts'
import { type Photo, takePhoto } from '../phone/make-photo.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { ask, type Front, type Keeper, keep, openFront, PASSWORD } from './cloud-fixture.ts'
import { describePeer } from './peers.ts'

const NOW = new Date('2026-11-23T10:00:00Z')
const PHOTOS = 6

describePeer('rclone', 'a folder of photos', () => {
  let folder: string
  let photos: Photo[]
  let server: Server
  let front: Front
  let keeper: Keeper

  const at = (path: string) => new URL(path.split('/').map(encodeURIComponent).join('/'), server.base)

  /** As another program of the account puts it there. */
  async function put({ path, data, modifiedAt }: Photo): Promise<void> {
    await ask('PUT', at(`My Photos/${path}`), data, { 'x-oc-mtime': String(modifiedAt) })
  }

  beforeEach(async () => {
    folder = await temporaryFolder()
    const chance = seeded(5)
    photos = Array.from({ length: PHOTOS }, () => takePhoto(chance, NOW, { width: 64, height: 48 }))
    photos[0]!.path = 'Ümläute & 100%/a #1?.jpg'
    for (const { path, data, modifiedAt } of photos) {
      const file = join(folder, 'My Photos', path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, data)
      await utimes(file, modifiedAt, modifiedAt)
    }
    server = await startRclone(folder)
    onTestFinished(() => server.stop())
    front = await openFront()
    front.lead(server)
    keeper = await keep({ folder: `${front.origin}/My%20Photos`, user: 'bench' })
  })

  const capture = () =>
    keeper.engine.call('links.capture', {
      source: `cloud:${keeper.source.id}`,
      phone: 'Ada',
      secrets: { password: PASSWORD },
    })
  const pathsThere = async () => {
    const all = await readdir(join(folder, 'My Photos'), { recursive: true, withFileTypes: true })
    const files = all.filter((one) => one.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    return files.map((file) => file.slice(join(folder, 'My Photos', '/').length)).sort()
  }

  test('comes as it is, and then only what is new', async () => {
    expect(await capture()).toMatchObject({ files: { added: PHOTOS }, missed: { count: 0 } })
    expect(await capture()).toMatchObject({ files: { added: 0, changed: 0, unchanged: PHOTOS } })
    await put({ path: 'new.jpg', data: Buffer.from('a new one'), modifiedAt: 1_790_000_000 })
    expect(await capture()).toMatchObject({ files: { added: 1, unchanged: PHOTOS, bytes: 9 } })
  })

  test('that is down or emptied changes nothing, and is filled again by one command, times and all', async () => {
    await capture()
    const last = keeper.lastChange()
    front.lead(null)
    await expect(capture()).rejects.toMatchObject({ code: 'unreachable' })
    expect((await keeper.listed()).state).toMatchObject({
      code: 'unreachable',
      sentence: expect.stringContaining('since 2027-01-15'),
    })
    front.lead(server)
    await ask('DELETE', at('My Photos/'))
    await expect(capture()).rejects.toMatchObject({ code: 'unreachable' })
    await ask('MKCOL', at('My Photos/'))
    expect(await capture()).toMatchObject({ files: { added: 0, changed: 0 } })
    expect(keeper.lastChange()).toBe(last)

    const all = { added: PHOTOS, changed: 0, unchanged: 0, failed: [] }
    expect(await keeper.send({ dryRun: true })).toMatchObject(all)
    expect(await pathsThere()).toEqual([])
    expect(await keeper.send()).toMatchObject(all)
    expect(await pathsThere()).toEqual(photos.map(({ path }) => path).sort())
    for (const { path, data, modifiedAt } of photos) {
      const file = join(folder, 'My Photos', path)
      expect(await readFile(file)).toEqual(data)
      expect((await stat(file)).mtimeMs).toBe(modifiedAt * 1000)
    }
    expect(await keeper.send()).toMatchObject({ ...all, added: 0, unchanged: PHOTOS })
    expect(await capture()).toMatchObject({ files: { added: 0, changed: 0, unchanged: PHOTOS } })
  })

  test('that has another file of a name keeps it', async () => {
    await capture()
    await put({ ...photos[1]!, data: Buffer.from('another') })
    expect(await keeper.send()).toMatchObject({
      added: 0,
      unchanged: PHOTOS - 1,
      failed: [{ name: photos[1]!.path, reason: 'Another file of that name is there.' }],
    })
    expect(await readFile(join(folder, 'My Photos', photos[1]!.path), 'utf8')).toBe('another')
  })
})
