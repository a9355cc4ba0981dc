/** Files that a link hands over several at a time. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { CapturedFile } from '../../../main/links/link.ts'
import { fakeLink } from './fake-link.ts'
import { start } from './fixture.ts'

function fileOf(path: string, text: string): CapturedFile {
  const bytes = Buffer.from(text)
  return { path, size: bytes.length, modifiedAt: 1_600_000_000_000, open: () => Readable.from([bytes]) }
}

async function captured(files: readonly CapturedFile[]) {
  const link = fakeLink()
  link.capture = async (_source, _request, sink) => {
    await Promise.all(files.map((file) => sink.file(file)))
    return null
  }
  const { engine } = await start(link)
  const result = await engine.call('links.capture', { source: 'Pixel 8', kinds: ['photos'] })
  await engine.call('links.send', { source: 'Pixel 8', dryRun: true })
  const sent = link.sent[0]!.files.map(async ({ path, open }) => [path, String(await buffer(await open()))])
  return { files: result.files, sent: (await Promise.all(sent)).sort() }
}

test('the same bytes under many paths are kept once, and sent to all of them', async () => {
  const paths = Array.from({ length: 12 }, (_, n) => `DCIM/${n}/a.txt`)
  const { files, sent } = await captured(paths.map((path) => fileOf(path, 'one')))
  expect(files).toMatchObject({ added: 1, unchanged: 11 })
  expect(sent).toEqual(paths.map((path) => [path, 'one']).sort())
})

test('names that some disks take for one are all kept', async () => {
  const paths = ['DCIM/a.txt', 'DCIM/A.txt', 'DCIM/A.TXT']
  const { files, sent } = await captured(paths.map((path) => fileOf(path, path)))
  expect(files).toMatchObject({ added: 3 })
  expect(sent).toEqual(paths.map((path) => [path, path]).sort())
})
