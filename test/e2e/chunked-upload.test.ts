/** A chunked upload over kills of the real program: what was answered is there, and the upload goes on. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serve, sidekeep } from '../phone/command-line.ts'

test('chunks outlive a kill after each, and so does the file that they make', async () => {
  const data = await mkdtemp(join(tmpdir(), 'sidekeep-chunks-'))
  let serving = await serve(data)
  try {
    const { user, password } = (await sidekeep(data, ['phones', 'add', 'Ada'])) as Record<string, string>
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const send = (method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) =>
      fetch(`${serving.url}/remote.php/dav/${path}`, {
        method,
        headers: { authorization, ...headers },
        ...(body ? { body: new Uint8Array(body) } : {}),
      })
    const restart = async () => {
      await serving.kill()
      serving = await serve(data)
    }
    const whole = randomBytes(300_000)
    expect((await send('MKCOL', 'uploads/ada/u1')).status).toBe(201)
    for (const n of [0, 1, 2]) {
      const chunk = whole.subarray(n * 100_000, (n + 1) * 100_000)
      expect((await send('PUT', `uploads/ada/u1/${n + 1}`, chunk)).status).toBe(201)
      await restart()
    }
    const headers = { destination: '/remote.php/dav/files/ada/a.mov', 'oc-total-length': '300000' }
    const moved = await send('MOVE', 'uploads/ada/u1/.file', undefined, headers)
    expect(moved.status).toBe(201)
    await restart()
    const got = await send('GET', 'files/ada/a.mov')
    expect(Buffer.from(await got.arrayBuffer()).equals(whole)).toBe(true)
    expect(got.headers.get('etag')).toBe(moved.headers.get('etag'))
  } finally {
    await serving.stop()
    await rm(data, { recursive: true, force: true })
  }
}, 120_000)
