/** An engine's phone side on loopback over plain HTTP, with a browser that keeps cookies as a phone's does. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Engine, openEngine } from '../../../../main/engine.ts'
import type { World } from '../../../../main/world.ts'
import { realWorld } from '../../../../main/world.ts'
import {
  type PortalInput,
  type PortalMethod,
  type PortalOutput,
  portalContract,
  portalPaths,
} from '../../../../preload/portal.ts'

export interface PortalFixture {
  engine: Engine
  base: string
  /** Lines that the engine logged. */
  logged: string[]
  dataFolder: string
}

type Device = Omit<PortalInput<'pair.claim'>, 'secret'>

const PIXEL: Device = { platform: 'android', device: 'Pixel 8' }

export interface BrowserOptions extends Omit<RequestInit, 'body'> {
  body?: string | Uint8Array<ArrayBuffer>
}

export interface Browser {
  cookies: Map<string, string>
  /** Asks as our own pages would; other headers may be given. */
  ask(path: string, options?: BrowserOptions): Promise<Response>
  /** Makes a call. @throws Error with the problem when it is refused. */
  call<M extends PortalMethod>(method: M, input: PortalInput<M>): Promise<PortalOutput<M>>
}

/** @param pagesFolder left out, the pages count as not built. */
export async function startPortal(world: World = realWorld, pagesFolder?: string): Promise<PortalFixture> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sidekeep-portal-'))
  const logged: string[] = []
  const secrets = new Map<string, string>()
  const engine = await openEngine({
    ...{ dataFolder, world, hostname: 'test' },
    pagesFolder: pagesFolder ?? join(dataFolder, 'no-pages'),
    secrets: {
      read: async (name) => secrets.get(name),
      write: async (name, value) => void secrets.set(name, value),
      remove: async (name) => void secrets.delete(name),
    },
    log: (line) => logged.push(line),
  })
  const server = createServer(engine.phones).on('checkContinue', engine.phones)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await engine.setReach({ url: base, urlsByAddress: [base], welcomeUrls: [], root: null })
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await engine.close()
    await rm(dataFolder, { recursive: true, force: true })
  })
  return { engine, base, logged, dataFolder }
}

export function openBrowser(base: string): Browser {
  const cookies = new Map<string, string>()

  async function ask(path: string, options: BrowserOptions = {}): Promise<Response> {
    const headers = new Headers({ origin: base, 'sec-fetch-site': 'same-origin' })
    if (cookies.size > 0) headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
    for (const [name, value] of new Headers(options.headers)) headers.set(name, value)
    const answer = await fetch(new URL(path, base), { redirect: 'manual', ...options, headers })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (/Max-Age=0/.test(line)) cookies.delete(name!)
      else cookies.set(name!, value!)
    }
    return answer
  }

  return {
    cookies,
    ask,
    async call(method, input) {
      const answer = await ask(portalPaths.api + method, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
      })
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${method}: ${answer.status} ${text}`)
      return portalContract[method].output.parse(JSON.parse(text)) as never
    },
  }
}

export interface PairedBrowser {
  browser: Browser
  phone: { id: string; name: string; user: string }
  /** The id of its pairing. */
  pairing: string
}

/** Claims a new pairing's secret with a new browser, as the phone's owner does by the camera. */
export async function claimPairing({ engine, base }: PortalFixture, device: Partial<Device> = {}) {
  const { id, words } = await engine.call('pairing.start', {})
  const browser = openBrowser(base)
  const claim = await browser.call('pair.claim', { ...PIXEL, ...device, secret: words! })
  return { pairing: id, secret: words!, browser, ...claim }
}

/** Pairs a phone. @param as a new name, or a phone that is known. */
export async function pairPhone(
  portal: PortalFixture,
  as: { name: string } | { phone: string } = { name: 'Ada’s Pixel' },
  device: Partial<Device> = {},
): Promise<PairedBrowser> {
  const { pairing, browser } = await claimPairing(portal, device)
  const { phone } = await portal.engine.call('pairing.confirm', { pairing, as })
  await browser.call('pair.state', {})
  return { browser, phone: phone!, pairing }
}

/** The value of an `Authorization` header. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
