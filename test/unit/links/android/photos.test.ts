/** Photos of a phone that keeps its files in memory: which are found, and where they go back to. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Device, Entry } from '../../../../main/links/android/device.ts'
import { capturePhotos } from '../../../../main/links/android/photos.ts'
import { sendPhotos } from '../../../../main/links/android/send-photos.ts'
import type { CapturedFile } from '../../../../main/links/link.ts'
import { createKeeper } from './capture-fixture.ts'

const TAKEN = Date.UTC(2020, 1, 2, 3, 4, 5)
type Files = Map<string, { bytes: Buffer; modifiedAt: number }>

/** @param clock the time that it gives to what is written. @param touched the time that `touch` gives, if it can. */
function phoneOf(paths: readonly string[], clock = TAKEN, touched = TAKEN): { device: Device; files: Files } {
  const files: Files = new Map(paths.map((path) => [path, { bytes: Buffer.from(path), modifiedAt: TAKEN }]))
  function list(folder: string): Entry[] {
    const entries = new Map<string, Entry>()
    for (const [path, { bytes, modifiedAt }] of files) {
      if (!path.startsWith(`${folder}/`)) continue
      const [name = '', ...rest] = path.slice(folder.length + 1).split('/')
      entries.set(name, { name, kind: rest.length > 0 ? 'folder' : 'file', size: bytes.length, modifiedAt })
    }
    return [...entries.values()]
  }
  const device: Device = {
    async shell([program, , ...args]) {
      if (program === 'mv') {
        files.set(args[1]!, files.get(args[0]!)!)
        files.delete(args[0]!)
      }
      if (program === 'touch') files.get(args[1]!)!.modifiedAt = touched
      return { stdout: '', stderr: '', exitCode: 0 }
    },
    list: async (folder) => list(folder),
    async stat(path) {
      const file = files.get(path)
      return file ? { kind: 'file', size: file.bytes.length, modifiedAt: file.modifiedAt } : null
    },
    open: (path) => Readable.from([files.get(path)!.bytes]),
    write: async (path, bytes) => void files.set(path, { bytes: await buffer(bytes), modifiedAt: clock }),
    isThere: async () => true,
    close: async () => undefined,
  }
  return { device, files }
}

function fileOf(path: string): CapturedFile {
  return { path, size: path.length, modifiedAt: TAKEN, open: () => Readable.from([Buffer.from(path)]) }
}

async function send(device: Device, ...paths: string[]) {
  return sendPhotos(device, { items: [], files: paths.map(fileOf), dryRun: false, secrets: {} }, {})
}

test('photos are found in the usual folders, in chosen ones and on cards, and none twice', async () => {
  const { device } = phoneOf([
    ...['DCIM/Camera/1.jpg', 'Pictures/2.jpg', 'Movies/3.mp4', 'Download/4.jpg', 'Music/5.mp3'].map(
      (path) => `/sdcard/${path}`,
    ),
    ...['/sdcard/DCIM/.thumbnails/6.jpg', '/sdcard/Download/.hidden', '/sdcard/7.jpg'],
    ...['/storage/1A2B-3C4D/DCIM/8.jpg', '/storage/emulated/0/DCIM/Camera/1.jpg'],
  ])
  const kept = createKeeper()
  await capturePhotos(device, kept.sink, {}, ['Download', 'DCIM/Camera', 'Nowhere'])
  expect([...kept.files.keys()].sort()).toEqual([
    ...['1A2B-3C4D/DCIM/8.jpg', 'DCIM/Camera/1.jpg', 'Download/4.jpg', 'Movies/3.mp4', 'Pictures/2.jpg'],
  ])
})

test('a photo of a card goes back to it, or to the phone’s own storage when it is not there', async () => {
  const { device, files } = phoneOf(['/storage/1A2B-3C4D/x'])
  const report = await send(
    device,
    '1A2B-3C4D/DCIM/1.jpg',
    '9999-0000/DCIM/2.jpg',
    'DCIM/3.jpg',
    '1A2B-3C4D/../../x',
  )
  expect(report).toMatchObject({ added: 3, failed: [{ name: '1A2B-3C4D/../../x' }] })
  expect([...files.keys()].sort()).toEqual([
    '/sdcard/DCIM/2.jpg',
    '/sdcard/DCIM/3.jpg',
    '/storage/1A2B-3C4D/DCIM/1.jpg',
    '/storage/1A2B-3C4D/x',
  ])
})

test('a time that the phone did not take is mended, and one that cannot be is told', async () => {
  const mended = phoneOf([], 0)
  expect(await send(mended.device, 'DCIM/1.jpg')).toMatchObject({ added: 1, failed: [] })
  expect(mended.files.get('/sdcard/DCIM/1.jpg')?.modifiedAt).toBe(TAKEN)
  const stubborn = phoneOf([], 0, 0)
  expect(await send(stubborn.device, 'DCIM/1.jpg')).toMatchObject({
    added: 1,
    partial: [{ name: 'DCIM/1.jpg', reason: expect.stringContaining('time') }],
  })
})
