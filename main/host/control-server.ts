/**
 * The engine's control side while it serves: the window's pages on loopback, and the contract over a WebSocket for who has the token
 * from the data folder. It never shares a port with the phones.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { attend } from '../attend.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import { LARGEST_MESSAGE, socketCarrier } from './socket-carrier.ts'
import { BUILT_WINDOW, windowPages } from './window-pages.ts'

export interface ControlServer {
  url: string
  token: string
  close(): Promise<void>
}

/** Offered beside the token by who connects, and what the answer names. */
export const PROTOCOL = 'sidekeep'

export async function startControl(
  engine: Engine,
  world: World,
  log: (line: string) => void,
  wantedPort: number,
): Promise<ControlServer> {
  const token = world.random(32).toString('hex')
  const pages = windowPages(BUILT_WINDOW, world)
  const server = createServer((request, response) => {
    pages(request, response, isNamedRight(request)).catch((error: unknown) => {
      log(`Window: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
      response.destroy()
    })
  })
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE,
    handleProtocols: () => PROTOCOL,
  })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (!isNamedRight(request) || !isAllowed(request, token))
      return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) =>
      attend(engine, socketCarrier(client), world.now, (line) => log(`Control: ${line}`)),
    )
  })
  await listen(server, wantedPort)
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://${LOOPBACK}:${port}/`,
    token,
    async close() {
      for (const client of sockets.clients) client.close(GOING_AWAY)
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    },
  }
}

const LOOPBACK = '127.0.0.1'
const GOING_AWAY = 1001

/** On the wanted port, since a browser keeps what a window stores by its port; on any other when that is taken. */
async function listen(server: Server, wantedPort: number): Promise<void> {
  const tryPort = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, LOOPBACK, () => {
        server.off('error', reject)
        resolve()
      })
    })
  await tryPort(wantedPort).catch(() => tryPort(0))
}

/** A page from elsewhere can have its own name lead here (DNS rebinding); then the request says that name. */
function isNamedRight(request: IncomingMessage): boolean {
  const { host, origin } = request.headers
  const ours = `${LOOPBACK}:${request.socket.localPort}`
  return host === ours && (origin === undefined || origin === `http://${ours}`)
}

/** The token comes as a protocol's name, since a browser lets a page send nothing else along. */
function isAllowed(request: IncomingMessage, token: string): boolean {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const given = Buffer.from(offered.find((name) => name !== PROTOCOL) ?? '')
  const wanted = Buffer.from(token)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
