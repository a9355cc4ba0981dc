import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { inLargePieces } from '../../../../main/links/portal/uploads/large-pieces.ts'

/** A request that is under way, as both ends see it. */
async function openRequest() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = sendRequest({ port, method: 'PATCH', headers: { 'Transfer-Encoding': 'chunked' } })
  client.on('error', () => undefined)
  client.flushHeaders()
  const [request, response] = (await once(server, 'request')) as [IncomingMessage, NodeJS.WritableStream]
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  return { client, request, response }
}

test('brings all bytes in their order, in few pieces', async () => {
  const { client, request } = await openRequest()
  const bytes = randomBytes(3_000_000)
  client.end(bytes)
  const pieces: Uint8Array[] = []
  for await (const piece of inLargePieces(request)) pieces.push(piece)
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  expect(pieces.length).toBeLessThan(20)
})

test('brings a few bytes without waiting for many', async () => {
  const { client, request } = await openRequest()
  const reader = inLargePieces(request).getReader()
  for (const text of ['few', 'more']) {
    client.write(text)
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(text)
  }
  client.end()
  expect((await reader.read()).done).toBe(true)
})

test('fails after what came before the break', async () => {
  const { client, request } = await openRequest()
  const reader = inLargePieces(request).getReader()
  const reading = reader.read()
  client.write('begun')
  await once(request, 'data')
  client.destroy()
  expect(Buffer.from((await reading).value!).toString()).toBe('begun')
  await expect(reader.read()).rejects.toThrow('aborted')
})

test('fails at once when it broke before anyone read', async () => {
  const { client, request } = await openRequest()
  client.destroy()
  await new Promise((resolve) => request.on('close', resolve))
  await expect(inLargePieces(request).getReader().read()).rejects.toThrow()
})

test('leaves the connection to the answer when nobody wants the rest', async () => {
  const { client, request, response } = await openRequest()
  const reader = inLargePieces(request).getReader()
  client.write(randomBytes(2_000_000))
  await reader.read()
  await reader.cancel()
  const ended = once(request, 'close')
  response.end('enough')
  client.end(randomBytes(2_000_000))
  const [answer] = (await once(client, 'response')) as [IncomingMessage]
  expect(await new Response(ReadableStream.from(answer)).text()).toBe('enough')
  await ended
})
