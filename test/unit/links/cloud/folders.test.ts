/** Folders of photos at servers that break off, forbid, and name what is not theirs. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Keeper, keep, PASSWORD } from '../../../peers/cloud-fixture.ts'

/** By path; a folder has no content. */
let entries: Record<string, string | null>
let broken: Record<string, number | 'cut'>
let asked: string[]
let keeper: Keeper

const found = (href: string, content: string | null, n: number) =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${
    content === null
      ? '<d:resourcetype><d:collection/></d:resourcetype>'
      : `<d:resourcetype/><d:getcontentlength>${content.length}</d:getcontentlength>
         <d:getlastmodified>Mon, 23 Nov 2026 10:00:${String(59 - n)} GMT</d:getlastmodified>`
  }</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`

beforeEach(async () => {
  entries = { '/p/': null, '/p/a.jpg': 'first', '/p/b.jpg': 'second', '/p/c.jpg': 'third' }
  broken = {}
  asked = []
  const server = createServer(({ method = '', url: path = '' }, response) => {
    asked.push(`${method} ${path}`)
    const trouble = broken[path]
    if (typeof trouble === 'number') return void response.writeHead(trouble).end()
    if (method === 'PROPFIND') {
      const all = Object.entries(entries).map(([href, content], n) => found(href, content, n))
      return void response.writeHead(207).end(`<d:multistatus xmlns:d="DAV:">${all.join('')}</d:multistatus>`)
    }
    const content = entries[path]
    if (!content) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': String(content.length) })
    if (trouble === 'cut') response.write(content.slice(0, 2), () => response.destroy())
    else response.end(content)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  keeper = await keep({ folder: `http://127.0.0.1:${(server.address() as AddressInfo).port}/p`, user: 'ada' })
  asked.length = 0
})

const capture = () =>
  keeper.engine.call('links.capture', {
    ...{ source: `cloud:${keeper.source.id}`, phone: 'Ada', secrets: { password: PASSWORD } },
  })
const gets = () => asked.filter((one) => one.startsWith('GET'))

test('cut off in the middle of a file, it goes on there', async () => {
  broken['/p/b.jpg'] = 'cut'
  await expect(capture()).rejects.toMatchObject({ code: 'unreachable' })
  expect(gets()).toEqual(['GET /p/a.jpg', 'GET /p/b.jpg'])
  expect((await keeper.listed()).state.code).toBe('unreachable')
  broken = {}
  asked.length = 0
  expect(await capture()).toMatchObject({ files: { added: 2, unchanged: 1 }, missed: { count: 0 } })
  expect(gets()).toEqual(['GET /p/b.jpg', 'GET /p/c.jpg'])
  expect((await keeper.listed()).state.code).toBe('ready')
})

test('a file and a folder that may not be read are named, and the rest comes', async () => {
  entries['/p/private/'] = null
  broken['/p/private/'] = 403
  broken['/p/b.jpg'] = 403
  const { files, missed } = await capture()
  expect(files).toMatchObject({ added: 2 })
  expect(missed.named.map(({ what }) => what).sort()).toEqual(['b.jpg', 'private'])
})

test('what does not lie in the folder, or hides, is passed over', async () => {
  Object.assign(entries, { '/other/x.jpg': 'x', '/p/.hidden': 'x', '/p/deep/x.jpg': 'x', '/x.jpg': 'x' })
  expect(await capture()).toMatchObject({ files: { added: 3 }, missed: { count: 0 } })
})

test.each([401, 404, 500])('a folder that answers %d changes nothing', async (status) => {
  await capture()
  const last = keeper.lastChange()
  broken['/p/'] = status
  await expect(capture()).rejects.toMatchObject({ code: status === 401 ? 'wrong-password' : 'unreachable' })
  expect(keeper.lastChange()).toBe(last)
  expect((await keeper.listed()).state.sentence).toContain('since 2027-01-15')
})

test.each([
  { folder: 'http://cloud.example/p/', user: 'ada' },
  { folder: 'https://cloud.example/p/' },
  { folder: 'https://ada:secret@cloud.example/p/', user: 'ada' },
])('%j is refused', async (options) => {
  await expect(keep(options as Record<string, string>)).rejects.toMatchObject({ code: 'bad-input' })
})
