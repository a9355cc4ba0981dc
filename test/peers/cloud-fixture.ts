/** Accounts as the engine keeps them, at real servers behind one address that stays while the server is stopped, started or exchanged. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Engine, openEngine } from '../../main/engine.ts'
import { type CloudOptions, createCloudLink } from '../../main/links/cloud/cloud.ts'
import type { Dns } from '../../main/links/cloud/locate.ts'
import type { Link, Source } from '../../main/links/link.ts'
import { linkMemory } from '../../main/links.ts'
import type { Watch } from '../../main/progress.ts'
import { listCollections } from '../../main/replica/collections.ts'
import { listItems, readBody } from '../../main/replica/items.ts'
import { findPhone } from '../../main/replica/phones.ts'
import type { Replica } from '../../main/replica/replica.ts'
import { realWorld } from '../../main/world.ts'
import type { Output } from '../../preload/contract.ts'
import type { Server } from '../bench/servers.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'

export interface Front {
  origin: string
  /** Leads to this server from now on; to none when it is null. */
  lead(server: Pick<Server, 'base'> | null): void
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

export const PASSWORD = 'bench'
export const NOW = 1_800_000_000_000

export interface Captured {
  contacts: Output<'links.capture'>['contacts']
  calendar: Output<'links.capture'>['calendar']
  heldBack: Output<'links.capture'>['heldBack']
  /** What could not be read, and why. */
  missed: string[]
}

const noRecord = () => Promise.reject(Object.assign(new Error('no record'), { code: 'ENODATA' }))

/** In which nothing is written. */
export const NO_DNS: Dns = { resolveSrv: noRecord, resolveTxt: noRecord }

/** An engine with the cloud link alone, and a source of it. */
export interface Keeper {
  engine: Engine
  link: Link
  source: Source
  capture(options?: { accept?: boolean; password?: string }, watch?: Watch): Promise<Captured>
  /** Sends all we hold back, or into another source. */
  send(options?: { dryRun?: boolean; into?: string }): Promise<Output<'links.send'>>
  /** Everything we hold, in an order of its own. */
  contents(): string[]
  /** Numbers, kinds and names of the changes of what we hold: unchanged when nothing was. */
  lastChange(): number
  /** How things stand, as a window shows it. */
  listed(): Promise<Output<'links.list'>[number]>
}

/** @param options as of the link's `connect`. */
export async function keep(
  options: Record<string, string>,
  more: Partial<CloudOptions> = {},
): Promise<Keeper> {
  let link!: Link
  let replica!: Replica
  const engine = await openEngine({
    ...{ dataFolder: await temporaryFolder(), world: realWorld, hostname: 'test' },
    secrets: { read: async () => undefined, write: async () => undefined, remove: async () => undefined },
    links(opened) {
      replica = opened
      link = createCloudLink({
        memory: linkMemory(opened, 'cloud'),
        ...{ now: () => NOW, random: realWorld.random, dns: NO_DNS, ...more },
      })
      return [link]
    },
    log: () => undefined,
  })
  onTestFinished(() => engine.close().catch(() => undefined))
  const secrets = { password: PASSWORD }
  const { source: name } = await engine.call('links.connect', { link: 'cloud', options, secrets })
  const [source] = await link.find({})
  const mirrors = () => {
    const phone = findPhone(replica, 'Ada')
    return phone ? listCollections(replica, phone.id).filter(({ origin }) => origin === 'mirror') : []
  }
  return {
    engine,
    link,
    source: source!,
    async capture({ accept = false, password = PASSWORD } = {}, watch = {}) {
      const asked = { source: name, phone: 'Ada', secrets: { password }, accept }
      const { contacts, calendar, heldBack, missed } = await engine.call('links.capture', asked, watch)
      return {
        ...{ contacts, calendar, heldBack },
        missed: missed.named.map(({ what, reason }) => `${what}: ${reason}`),
      }
    },
    send: ({ dryRun = false, into = name } = {}) =>
      engine.call('links.send', { source: into, phone: 'Ada', secrets, dryRun }),
    contents: () =>
      mirrors()
        .flatMap(({ id }) => listItems(replica, id).map(({ seq }) => readBody(replica, seq)!.toString()))
        .sort(),
    lastChange: () => replica.lastSeq(),
    async listed() {
      const list = await engine.call('links.list', {})
      return list.find(({ source }) => source === name)!
    },
  }
}

/** An account of the user `bench`. */
export function keepAccountOf(url: string): Promise<Keeper> {
  return keep({ url, user: 'bench' })
}

/** A request such as any other program of the account sends. */
export async function ask(
  method: string,
  url: URL,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
  user = 'bench',
): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`
  const response = await fetch(url, {
    method,
    headers: { authorization, ...headers },
    ...(body ? { body } : {}),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  return response
}
