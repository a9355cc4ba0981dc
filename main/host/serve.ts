/** Serves a data folder until it is told to stop: the phones' side on one port, the control side on another. */
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { join } from 'node:path'
import { removePrivate, writePrivate } from '../private-file.ts'
import { Problem } from '../problem.ts'
import { localNames, ownCertificate } from '../tls/own-certificate.ts'
import { realWorld } from '../world.ts'
import { controlFile } from './connect.ts'
import { startControl } from './control-server.ts'
import { openHere } from './open-here.ts'

export interface ServeOptions {
  dataFolder: string
  host: string
  /** 0 takes any free one. */
  port: number
  /** `own` takes a certificate from this installation's own root; files are in PEM form; `none` is refused beyond loopback. */
  tls: 'own' | 'none' | { cert: string; key: string }
  log: (line: string) => void
}

export interface Serving {
  url: string
  stop(): Promise<void>
}

// A phone that is in the middle of an upload may finish it.
const LAST_REQUESTS = 3000

/** @throws Problem `data-in-use`, `bad-input` for plain HTTP beyond loopback, `busy` when the port is taken. */
export async function serve({ dataFolder, host, port, tls, log }: ServeOptions): Promise<Serving> {
  if (tls === 'none' && !isLoopback(host)) {
    throw new Problem(
      'bad-input',
      'Without TLS, passwords and photos would cross the network in clear.',
      'Leave --no-tls out, or serve on 127.0.0.1 only.',
    )
  }
  const engine = await openHere(dataFolder, log)
  try {
    const server = await createServerFor(engine.phones, dataFolder, tls)
    // A body that will be refused is then not even sent.
    server.on('checkContinue', engine.phones)
    await listen(server, host, port)
    const control = await startControl(engine, realWorld, log)
    const url = `${tls === 'none' ? 'http' : 'https'}://${hostForUrl(host)}:${(server.address() as AddressInfo).port}`
    await engine.setReach({ url, urlsByAddress: [url], welcomeUrls: [], root: null })
    await writePrivate(
      realWorld,
      controlFile(dataFolder),
      JSON.stringify({ url: control.url, token: control.token, pid: process.pid }),
    )
    await engine.startSchedule()
    const stop = async () => {
      await removePrivate(controlFile(dataFolder))
      await Promise.all([closeServer(server), control.close()])
      await engine.close()
    }
    return { url, stop }
  } catch (error) {
    await engine.close()
    throw error
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

// A phone cannot reach `0.0.0.0`: it is told the name that stays when the address changes.
function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return localNames()[0]!
  return isIP(host) === 6 ? `[${host}]` : host
}

async function createServerFor(
  listener: RequestListener,
  dataFolder: string,
  tls: ServeOptions['tls'],
): Promise<Server> {
  // Photos and videos take as long as they take; a phone that says nothing for two minutes is gone.
  const timeouts = { requestTimeout: 0, headersTimeout: 20_000, keepAliveTimeout: 60_000 }
  if (tls === 'none') return createHttpServer(timeouts, listener)
  const identity = tls === 'own' ? await ownIdentity(dataFolder) : await readIdentity(tls)
  return createHttpsServer({ ...timeouts, ...identity, minVersion: 'TLSv1.2' }, listener)
}

async function ownIdentity(dataFolder: string): Promise<{ cert: string; key: string }> {
  const { certificate, key } = await ownCertificate(realWorld, tlsFolder(dataFolder), localNames())
  return { cert: certificate, key }
}

async function readIdentity(files: { cert: string; key: string }): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)])
  return { cert, key }
}

/** Where the root and the certificate lie. */
export function tlsFolder(dataFolder: string): string {
  return join(dataFolder, 'tls')
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.timeout = 120_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      reject(
        new Problem('busy', `Port ${port} is taken by another program.`, 'Choose another one with --port.'),
      )
    })
    server.listen(port, host, resolve)
  })
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), LAST_REQUESTS)
    // A connection that is busy now is idle in a moment, and its phone may keep it open for long.
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    server.close(() => {
      clearTimeout(late)
      clearInterval(idle)
      resolve()
    })
  })
}
