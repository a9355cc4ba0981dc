/** The one port that phones know: a connection's first byte tells TLS from plain HTTP, and the server that speaks it takes over. */
import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'

export interface FrontLimits {
  /** Connections at a time, from everywhere and from one address. More are closed at once. */
  connections: number
  connectionsPerAddress: number
  /** Milliseconds until the first byte must be there. */
  firstByteTimeout: number
}

export interface Front {
  /** The server that listens; those behind it never do. */
  server: Server
  /** Stops listening, lets what is being answered come to its end for this many milliseconds, and cuts off the rest. */
  close(patience: number): Promise<void>
}

/** What begins every TLS connection: a record of type handshake (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 0x16
const LOOK_FOR_IDLE = 50

/** @param tls null when nothing but plain HTTP is spoken. */
export function createFront(limits: FrontLimits, plain: HttpServer, tls: HttpsServer | null): Front {
  const behind = tls === null ? [plain] : [plain, tls]
  const open = new Set<Socket>()
  const silent = new Set<Socket>()
  const isCrowded = limitPerAddress(limits.connectionsPerAddress)

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (isCrowded(socket)) return void socket.destroy()
    open.add(socket)
    silent.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      silent.delete(socket)
    })
    awaitFirstByte(socket, limits.firstByteTimeout, (byte) => {
      silent.delete(socket)
      const isTls = tls !== null && byte === TLS_HANDSHAKE
      // As Node's own servers have it: HTTP closes its half by itself, and TLS leaves that to the socket.
      if (isTls) socket.allowHalfOpen = false
      const speaker = isTls ? tls : plain
      speaker.emit('connection', socket)
    })
  })
  server.maxConnections = limits.connections
  // Node looks for slow headers from when a server listens, and these never do so themselves.
  for (const one of behind) one.emit('listening')

  return {
    server,
    close: (patience) =>
      new Promise((resolve) => {
        const late = setTimeout(() => destroyAll(open), patience)
        // A connection that is busy now is idle in a moment, and its phone may keep it open for long.
        const idle = setInterval(() => {
          for (const one of behind) one.closeIdleConnections()
        }, LOOK_FOR_IDLE)
        server.close(() => {
          clearTimeout(late)
          clearInterval(idle)
          // It ends their looking for slow headers.
          for (const one of behind) one.close()
          resolve()
        })
        destroyAll(silent)
      }),
  }
}

function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy()
}

function limitPerAddress(most: number): (socket: Socket) => boolean {
  const counts = new Map<string, number>()
  return (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = counts.get(address) ?? 0
    if (count >= most) return true
    counts.set(address, count + 1)
    socket.once('close', () => {
      const left = counts.get(address)! - 1
      if (left > 0) counts.set(address, left)
      else counts.delete(address)
    })
    return false
  }
}

function awaitFirstByte(socket: Socket, timeout: number, take: (byte: number) => void): void {
  const drop = () => void socket.destroy()
  socket.setTimeout(timeout)
  socket.on('timeout', drop)
  // A connection that breaks before it said anything concerns no one.
  socket.on('error', drop)
  socket.once('readable', () => {
    const bytes: Buffer | null = socket.read()
    if (bytes === null) return drop()
    socket.setTimeout(0)
    socket.off('timeout', drop)
    socket.off('error', drop)
    socket.unshift(bytes)
    take(bytes[0]!)
  })
}
