/** What no page of ours would send by tus: each gets a clear answer, nothing is mixed, and nothing is left behind. */
import { existsSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { request as sendRequest } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listItems } from '../../../../main/replica/items.ts'
import { openPartialFiles } from '../../../../main/replica/partial-files.ts'
import {
  beginUpload,
  createUpload,
  encodeMetadata,
  metadataOf,
  OFFSET_TYPE,
  send,
  sha256,
  type UploadServer,
  uploadServer,
} from './upload-fixture.ts'

const bytes = Buffer.from('photo')

function patch(
  url: string,
  offset: string,
  body: Buffer = bytes,
  headers: Record<string, string | undefined> = {},
) {
  return send('PATCH', url, { ...OFFSET_TYPE, 'Upload-Offset': offset, ...headers }, body)
}

const filesIn = (server: UploadServer) => listItems(server.replica, server.library.id)

test('bytes that are not what was hashed on the phone are refused and thrown away', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  const answer = await patch(url(), '0', Buffer.from('phot0'))
  expect(answer.status).toBe(460)
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad-input', next: 'Send it again.' })
  expect((await send('HEAD', url(), {})).status).toBe(404)
  expect(filesIn(server)).toEqual([])
})

test('a beginning that is not right is refused', async () => {
  const valid = metadataOf(bytes, 'a.jpg')
  const cases: [what: string, status: number, headers: Record<string, string | undefined>][] = [
    ['without a length', 400, { 'Upload-Length': undefined }],
    ['with a negative length', 400, { 'Upload-Length': '-1' }],
    ['with a length that is no number', 400, { 'Upload-Length': '1e3' }],
    ['with a length larger than any file', 413, { 'Upload-Length': String(2 ** 50) }],
    ['with a length larger than the disk', 507, { 'Upload-Length': String(2 ** 40) }],
    ['with a length to follow', 501, { 'Upload-Length': undefined, 'Upload-Defer-Length': '1' }],
    ['as a part of another', 501, { 'Upload-Concat': 'partial' }],
    ['without tus', 412, { 'Tus-Resumable': undefined }],
    ['with another tus', 400, { 'Tus-Resumable': '0.2.2' }],
    ['without metadata', 400, { 'Upload-Metadata': undefined }],
    ['with metadata that is none', 400, { 'Upload-Metadata': 'filename ***' }],
    [
      'with more metadata than anyone needs',
      400,
      { 'Upload-Metadata': encodeMetadata({ ...valid, x: 'x'.repeat(5_000) }) },
    ],
    ['without a hash', 400, { 'Upload-Metadata': encodeMetadata({ filename: 'a.jpg' }) }],
    ['with a hash that is none', 400, { 'Upload-Metadata': encodeMetadata({ ...valid, sha256: '0' }) }],
    ['with a name that is none', 400, { 'Upload-Metadata': encodeMetadata({ ...valid, filename: '..' }) }],
    [
      'with a name of a line break',
      400,
      { 'Upload-Metadata': encodeMetadata({ ...valid, filename: 'a\nb' }) },
    ],
    [
      'with a name longer than disks take',
      400,
      { 'Upload-Metadata': encodeMetadata({ ...valid, filename: 'a'.repeat(256) }) },
    ],
    ['with a time that is none', 400, { 'Upload-Metadata': encodeMetadata({ ...valid, modified: 'NaN' }) }],
  ]
  const server = await uploadServer()
  for (const [what, status, headers] of cases) {
    const answer = await send('POST', server.url(server.phone), {
      'Upload-Length': String(bytes.length),
      'Upload-Metadata': encodeMetadata(valid),
      ...headers,
    })
    expect(answer.status, what).toBe(status)
    expect(answer.body).not.toContain(server.folder)
  }
  expect(await openPartialFiles(server.replica, server.phone.id).count()).toBe(0)
  expect(server.trouble).toEqual([])
})

test('a continuation that is not right is refused, and harms nothing', async () => {
  const cases: [
    what: string,
    status: number,
    offset: string,
    body: Buffer,
    headers: Record<string, string | undefined>,
  ][] = [
    ['at a wrong offset', 409, '3', bytes, {}],
    ['at a negative offset', 400, '-1', bytes, {}],
    ['at an offset that is no number', 400, '0x0', bytes, {}],
    ['of another type', 400, '0', bytes, { 'Content-Type': 'text/plain' }],
    ['without a type', 403, '0', bytes, { 'Content-Type': undefined }],
    ['with more than was announced', 413, '0', Buffer.from('photo!'), {}],
    ['with a length of its own', 501, '0', bytes, { 'Upload-Length': '100' }],
  ]
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  for (const [what, status, offset, body, headers] of cases) {
    expect((await patch(url(), offset, body, headers)).status, what).toBe(status)
    expect((await send('HEAD', url(), {})).headers['upload-offset'], what).toBe('0')
  }
  expect((await patch(url(), '0')).status).toBe(204)
  expect(server.trouble).toEqual([])
})

test('more than was announced, sent without saying how much, does not get in', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', ...OFFSET_TYPE }
    const request = sendRequest(url(), { method: 'PATCH', headers }, (response) =>
      resolve(response.resume().statusCode!),
    )
    request.on('error', reject)
    request.write('ph')
    request.end('x'.repeat(100_000))
  })
  expect(status).toBe(413)
  expect(Number((await send('HEAD', url(), {})).headers['upload-offset'])).toBeLessThanOrEqual(5)
  expect(filesIn(server)).toEqual([])
})

test('an upload is its phone’s alone, and can be found by its whole id only', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  const id = url().slice(server.url(server.phone).length)
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  for (const method of ['HEAD', 'PATCH', 'DELETE']) {
    const ask = (target: string) => send(method, target, { ...OFFSET_TYPE, 'Upload-Offset': '0' })
    expect((await ask(server.url(server.other) + id)).status).toBe(404)
    for (const wrong of [`${id}.json`, '..%2f..%2f', '%00', id.toUpperCase(), `${id.slice(1)}0`]) {
      expect((await ask(server.url(server.phone) + wrong)).status, `${method} ${wrong}`).toBe(404)
    }
  }
  expect((await patch(url(), '0')).status).toBe(204)
})

test.each(['../../../etc/passwd', '..\\..\\up.jpg', '/etc/passwd'])(
  'a path in the name leads nowhere: %s',
  async (name) => {
    const server = await uploadServer()
    const url = await beginUpload(server, bytes, name)
    expect((await patch(url(), '0')).status).toBe(204)
    const [file] = filesIn(server).filter(({ kind }) => kind === 'file')
    expect(file!.name).toBe(`2017/07/${name.split(/[/\\]/).at(-1)}`)
  },
)

test('only the requests of tus are answered, and no other origin gets leave', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  for (const [method, target] of [
    ['GET', url()],
    ['PUT', url()],
    ['POST', url()],
    ['GET', server.url(server.phone)],
    ['PATCH', server.url(server.phone)],
  ] as const) {
    expect((await send(method, target, {})).status, `${method} ${target}`).toBe(405)
  }
  const options = await send('OPTIONS', server.url(server.phone), { Origin: 'https://evil.example' })
  expect(options.headers).toMatchObject({
    'tus-version': '1.0.0',
    'tus-extension': 'creation,creation-with-upload,termination,expiration',
  })
  for (const answer of [options, await send('HEAD', url(), { Origin: 'https://evil.example' })]) {
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
  }
})

test('two continuations at once are not mixed: one of them goes on', async () => {
  const server = await uploadServer()
  const large = Buffer.alloc(2_000_000, 'photo')
  const url = await beginUpload(server, large, 'a.jpg')
  const answers = await Promise.all([patch(url(), '0', large), patch(url(), '0', large)])
  const whole = answers.filter(({ headers }) => headers['upload-offset'] === String(large.length))
  expect(whole.length).toBeLessThanOrEqual(1)
  if (whole.length === 0) {
    // On a slow computer the older one was asked to end before it was through.
    const offset = String((await send('HEAD', url(), {})).headers['upload-offset'])
    expect((await patch(url(), offset, large.subarray(Number(offset)))).status).toBe(204)
  }
  const files = filesIn(server).filter(({ kind }) => kind === 'file')
  expect(files.map(({ hash }) => hash)).toEqual([sha256(large)])
})

test('a connection that was lost unnoticed gives way to the next', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Length': '5', ...OFFSET_TYPE }
  const lost = sendRequest(url(), { method: 'PATCH', headers })
  lost.on('error', () => undefined)
  lost.on('response', (response) => response.resume())
  lost.write('ph')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const head = await send('HEAD', url(), {})
  expect(head.headers['upload-offset']).toBe('2')
  expect((await patch(url(), '2', Buffer.from('oto'))).status).toBe(204)
})

test('an upload can be ended, and is gone then', async () => {
  const server = await uploadServer()
  const url = await beginUpload(server, bytes, 'a.jpg')
  expect((await send('DELETE', url(), {})).status).toBe(204)
  expect((await send('HEAD', url(), {})).status).toBe(404)
  expect((await send('DELETE', url(), {})).status).toBe(404)
})

test('an upload says when it will be thrown away', async () => {
  const server = await uploadServer()
  const { headers } = await createUpload(server, bytes, 'a.jpg')
  const days = (Date.parse(String(headers['upload-expires'])) - Date.now()) / 86_400_000
  expect(days).toBeCloseTo(7, 1)
})

test('no more than 200 uploads are open for a phone; one that rested for an hour makes room', async () => {
  const server = await uploadServer()
  const partials = openPartialFiles(server.replica, server.phone.id)
  for (let n = 0; n < 200; n++) await partials.create(`upload${n}`, { size: 1, metadata: {} })
  const refused = await createUpload(server, bytes, 'a.jpg')
  expect(refused).toMatchObject({ status: 503, body: expect.stringContaining('busy') })
  expect((await createUpload(server, bytes, 'a.jpg', server.other)).status).toBe(201)
  const rested = join(server.replica.partial, server.phone.id, 'upload7.json')
  await utimes(rested, Date.now() / 1000 - 4_000, Date.now() / 1000 - 4_000)
  expect((await createUpload(server, bytes, 'a.jpg')).status).toBe(201)
  expect(existsSync(rested)).toBe(false)
})
