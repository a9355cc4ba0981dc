/** Photos fetched as a ZIP, unpacked by programs that nobody here wrote. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createZipStream } from '../../main/links/portal/downloads/zip-stream.ts'
import { describeCorpus } from '../corpus.ts'
import {
  bytesOf,
  fakeJpeg,
  type TestDownloads,
  testDownloads,
} from '../unit/links/portal/downloads-fixture.ts'
import { describePeer, run } from './peers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-zip-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function download({ browser }: TestDownloads, name: string, at?: string): Promise<string> {
  const { path } = await browser.call('photos.zip', { at })
  const file = join(folder, name)
  await writeFile(file, await bytesOf(await browser.ask(path)))
  return file
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describePeer('unzip', 'a ZIP of photos', ({ path: unzip }) => {
  it('has names, folders and times as they were, told apart where a system would not', async () => {
    const kept = await testDownloads()
    const names = [
      '2026/11/Ünï.jpg',
      '2026/11/IMG_1.jpg',
      '2026/11/img_1.JPG',
      'con.jpg',
      'MISSING.txt',
      'a\\b:c.jpg',
    ]
    for (const [n, name] of names.entries())
      await kept.putPhoto(name, fakeJpeg(n), 1_600_000_000_000 + n * 2000)
    await kept.putPhoto('old.jpg', fakeJpeg(90), -1_000_000_000_000)
    const file = await download(kept, 'names.zip')
    expect((await run(unzip, ['-tqq', file])).stderr).toBe('')
    const out = join(folder, 'names')
    await run(unzip, ['-q', file, '-d', out], { env: { LC_ALL: 'C.UTF-8' } })
    const paths = (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
    const expected = ['2026/11/IMG_1 (2).jpg', '2026/11/img_1.JPG', '2026/11/Ünï.jpg', 'MISSING (2).txt']
    expect(paths.sort()).toEqual([...expected, '_con.jpg', 'a_b_c.jpg', 'old.jpg'].sort())
    expect((await stat(join(out, '2026/11/Ünï.jpg'))).mtimeMs).toBe(1_600_000_000_000)
    expect(await readFile(join(out, 'old.jpg'))).toEqual(fakeJpeg(90))
  })

  describeCorpus('every photo of the corpus', 'photos', (files) => {
    it('comes back byte for byte, now and out of a backup', async () => {
      const kept = await testDownloads()
      for (const { name, bytes } of files) await kept.putPhoto(name, bytes(), 1_600_000_000_000)
      const at = await kept.snapshot()
      for (const [name, point] of [
        ['now', undefined],
        ['then', at],
      ] as const) {
        const file = await download(kept, `${name}.zip`, point)
        const out = join(folder, name)
        const { code, stderr } = await run(unzip, ['-q', file, '-d', out])
        expect([code, stderr]).toEqual([0, ''])
        for (const { name, bytes } of files) {
          expect([name, hashOf(await readFile(join(out, name)))]).toEqual([name, hashOf(bytes())])
        }
      }
    }, 120_000)
  })
})

describePeer('python3', 'a ZIP of very many files', ({ path: python }) => {
  it.each([2000, 70_000])(
    'is read by Python, and has the size that was told (%i)',
    async (count) => {
      const entries = Array.from({ length: count }, (_, n) => ({
        path: `2026/${n % 12}/${n}.txt`,
        size: String(n).length,
        modifiedAt: 1_600_000_000_000,
        open: () => Readable.from([Buffer.from(String(n))]),
      }))
      const zip = createZipStream(entries)
      const file = join(folder, 'many.zip')
      await pipeline(zip.bytes, createWriteStream(file))
      expect((await stat(file)).size).toBe(zip.size)
      const check = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
assert all(z.read(i) == i.filename.split('/')[-1][:-4].encode() for i in z.infolist()[::1000])
print(len(z.infolist()))`
      const { stdout, stderr } = await run(python, ['-c', check, file])
      expect([stdout.toString().trim(), stderr]).toEqual([String(count), ''])
    },
    120_000,
  )
})
