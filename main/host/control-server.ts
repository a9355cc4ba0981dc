/**
 * The engine's control side while it serves: the contract over a WebSocket on loopback, for who has the token from the data folder.
 * It never shares a port with the phones.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { attend } from '../attend.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import { LARGEST_MESSAGE, socketCarrier } from './socket-carrier.ts'

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
): Promise<ControlServer> {
  const token = world.random(32).toString('hex')
  const server = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE,
    handleProtocols: () => PROTOCOL,
  })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (!isAllowed(request, token))
      return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (client: WebSocket) =>
      attend(engine, socketCarrier(client), world.now, (line) => log(`Control: ${line}`)),
    )
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}/`,
    token,
    async close() {
      for (const client of sockets.clients) client.close(GOING_AWAY)
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const GOING_AWAY = 1001

/** The token comes as a protocol's name, since a browser lets a page send nothing else along. */
function isAllowed(request: IncomingMessage, token: string): boolean {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const given = Buffer.from(offered.find((name) => name !== PROTOCOL) ?? '')
  const wanted = Buffer.from(token)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
