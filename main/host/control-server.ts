/**
 * The engine's control side while it serves: the contract over HTTP on loopback, for who has the token from the data folder. It never
 * shares a port with the phones. An answer is a line of JSON for each step of progress, and a last one with the result or problem.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { contract, type Method } from '../../preload/contract.ts'
import type { Engine } from '../engine.ts'
import { Problem } from '../problem.ts'
import type { Progress } from '../progress.ts'
import type { World } from '../world.ts'

export interface ControlServer {
  url: string
  token: string
  close(): Promise<void>
}

const LARGEST_CALL = 1 << 20
const REPORT_EVERY = 100

const callSchema = z.object({
  method: z.enum(Object.keys(contract) as [Method, ...Method[]]),
  input: z.unknown(),
})

export async function startControl(
  engine: Engine,
  world: World,
  log: (line: string) => void,
): Promise<ControlServer> {
  const token = world.random(32).toString('hex')
  const server = createServer((request, response) => {
    answer(engine, world, token, request, response).catch((error: unknown) => {
      log(`Control: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    token,
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    },
  }
}

async function answer(
  engine: Engine,
  world: World,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isAllowed(request, token)) return void response.writeHead(401).end()
  if (request.method !== 'POST') return void response.writeHead(405).end()
  const call = callSchema.safeParse(await readJson(request))
  if (!call.success) return void response.writeHead(400).end()

  response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' })
  const say = (message: unknown) => response.write(`${JSON.stringify(message)}\n`)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const report = seldom(world, (progress) => say({ progress }))
  try {
    const { method, input } = call.data
    say({ result: (await engine.call(method, input as never, { signal: gone.signal, report })) ?? null })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say({ problem: error.toJSON() })
  }
  response.end()
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_CALL) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

/** Passes progress on a few times a second at most. */
export function seldom(world: World, report: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = world.now()
    if (Math.abs(now - last) < REPORT_EVERY) return
    last = now
    report(progress)
  }
}
