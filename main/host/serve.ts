/** Serves a data folder until it is told to stop: the phones' side on one port, the control side on another. */
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { Problem } from '../problem.ts'
import { realWorld } from '../world.ts'
import { controlFile } from './connect.ts'
import { startControl } from './control-server.ts'
import { openHere } from './open-here.ts'
import { removePrivate, writePrivate } from './private-file.ts'

export interface ServeOptions {
  dataFolder: string
  host: string
  /** 0 takes any free one. */
  port: number
  /** Files in PEM form; undefined serves plain HTTP, which is refused beyond loopback. */
  tls: { cert: string; key: string } | undefined
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
  if (!tls && !isLoopback(host)) {
    throw new Problem(
      'bad-input',
      'Without TLS, passwords and photos would cross the network in clear.',
      'Leave --no-tls out and give --cert and --key, or serve on 127.0.0.1 only.',
    )
  }
  const engine = await openHere(dataFolder, log)
  try {
    const server = await createServerFor(engine.dav, tls)
    // A body that will be refused is then not even sent.
    server.on('checkContinue', engine.dav)
    await listen(server, host, port)
    const control = await startControl(engine, realWorld, log)
    const url = `${tls ? 'https' : 'http'}://${hostForUrl(host)}:${(server.address() as AddressInfo).port}`
    await engine.setBaseUrl(url)
    await writePrivate(realWorld, controlFile(dataFolder), JSON.stringify({ url: control.url, token: control.token, pid: process.pid }))
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

function hostForUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

async function createServerFor(listener: RequestListener, tls: ServeOptions['tls']): Promise<Server> {
  // Photos and videos take as long as they take; a phone that says nothing for two minutes is gone.
  const timeouts = { requestTimeout: 0, headersTimeout: 20_000, keepAliveTimeout: 60_000 }
  if (!tls) return createHttpServer(timeouts, listener)
  const [cert, key] = await Promise.all([readFile(tls.cert), readFile(tls.key)])
  return createHttpsServer({ ...timeouts, cert, key, minVersion: 'TLSv1.2' }, listener)
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
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
