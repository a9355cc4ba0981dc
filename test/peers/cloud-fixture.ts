/** An account at a real server, behind one address that stays while the server is stopped, started or exchanged; and what we keep of it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { createCloudLink } from '../../main/links/cloud/cloud.ts'
import type { Link, LinkMemory, SentItem, Source } from '../../main/links/link.ts'
import { type Captured, openMirror, storeCapture } from '../../main/replica/capture.ts'
import { listCollections } from '../../main/replica/collections.ts'
import { listItems, readBody } from '../../main/replica/items.ts'
import type { Server } from '../bench/servers.ts'
import { testReplica } from '../unit/replica/fixture.ts'

export interface Front {
  origin: string
  /** Leads to this server from now on; to none when it is null. */
  lead(server: Server | null): void
}

/** An address on loopback that leads to whichever server it is told. */
export async function openFront(): Promise<Front> {
  let port: string | null = null
  const front = createServer((socket) => {
    socket.on('error', () => undefined)
    if (port === null) return void socket.destroy()
    const there = connect(Number(port), '127.0.0.1')
    there.on('error', () => socket.destroy())
    socket.on('close', () => there.destroy())
    there.on('close', () => socket.destroy())
    socket.pipe(there).pipe(socket)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  onTestFinished(() => void front.close())
  return {
    origin: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    lead(server) {
      port = server?.base.port ?? null
    },
  }
}

export interface Keeper {
  link: Link
  source: Source
  /** Captures as the engine does, and remembers the cursor. */
  capture(options?: {
    accept?: boolean
    password?: string
  }): Promise<{ brought: Record<string, Captured>; missed: string[] }>
  /** Everything we hold, in an order of its own. */
  contents(): string[]
  /** The same as it is sent. */
  items(): SentItem[]
  /** How things stand, as a window would show it. */
  state(): Promise<Source['state']>
}

export const PASSWORD = 'bench'

export async function keepAccountOf(url: string, now = () => 1_800_000_000_000): Promise<Keeper> {
  let memory: unknown
  const store: LinkMemory = {
    read: () => memory,
    async write(value) {
      memory = JSON.parse(JSON.stringify(value))
    },
  }
  const link = createCloudLink({ memory: store, now })
  const secrets = { password: PASSWORD }
  const source = await link.connect!({ url, user: 'bench' }, secrets, {})
  const { replica, phone } = await testReplica()
  const ids = new Map<number, string>()
  let cursor: unknown
  const mirrors = () => listCollections(replica, phone.id).filter(({ origin }) => origin === 'mirror')
  const items = () =>
    mirrors().flatMap((mirror) =>
      listItems(replica, mirror.id).map(
        ({ name, seq }): SentItem => ({
          kind: mirror.kind === 'contacts' ? 'contacts' : 'calendar',
          name,
          bytes: readBody(replica, seq)!,
          collection: { id: ids.get(mirror.id) ?? null, displayName: mirror.displayName },
        }),
      ),
    )
  return {
    link,
    source,
    async capture({ accept = false, password = PASSWORD } = {}) {
      const brought: Record<string, Captured> = {}
      const missed: string[] = []
      const next = await link.capture(
        source,
        { kinds: ['contacts', 'calendar'], cursor, secrets: { password }, accept },
        {
          async collection({ kind, id, displayName, items, complete, gone }) {
            const mirror = await openMirror(replica, phone.id, kind, new URL(id).pathname, displayName)
            ids.set(mirror.id, id)
            const captured = await storeCapture(replica, mirror, items, { cause: 'cloud', complete, gone })
            brought[kind] = captured
            return captured
          },
          hasFile: () => false,
          file: () => Promise.reject(new Error('no files')),
          listed: () => undefined,
          missed: (what, reason) => missed.push(`${what}: ${reason}`),
        },
        {},
      )
      cursor = JSON.parse(JSON.stringify(next))
      return { brought, missed }
    },
    contents: () =>
      items()
        .map(({ bytes }) => Buffer.from(bytes).toString())
        .sort(),
    items,
    state: async () => (await link.find({}))[0]!.state,
  }
}

/** A request such as any other program of the account sends. */
export async function ask(
  method: string,
  url: URL,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`bench:${PASSWORD}`).toString('base64')}`
  const response = await fetch(url, {
    method,
    headers: { authorization, ...headers },
    ...(body ? { body } : {}),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  return response
}
