/** HTTP servers that slow, stuck and hostile clients cannot hold up. */
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isDistrust } from './distrust.ts'

export interface HttpLimits {
  /** Bytes of a request's line and headers together; answered 431. */
  headerBytes: number
  /** Headers of a request; answered 431. */
  headers: number
  /** Milliseconds for the TLS handshake, and for a request's headers from its first byte on; answered 408. */
  handshakeTimeout: number
  headersTimeout: number
  /** Milliseconds without a byte while a body is awaited (answered 408) or an answer is taken (cut off). */
  stallTimeout: number
  /** Milliseconds that a connection is kept for the next request. */
  keepAliveTimeout: number
}

export interface Certificate {
  cert: string | Buffer
  key: string | Buffer
}

/** How requests are answered that Node could not read, by its code. */
const STATUS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}
const LINGER = 1000

/** Plain HTTP. */
export function httpServer(limits: HttpLimits, listener: RequestListener): Server {
  return guard(createHttpServer(nodeOptions(limits)), listener, limits)
}

/** HTTP over TLS. @param distrusted hears the address of who turned the certificate down. */
export function httpsServer(
  limits: HttpLimits,
  certificate: Certificate,
  listener: RequestListener,
  distrusted: (address: string) => void,
): HttpsServer {
  const options = {
    ...nodeOptions(limits),
    ...secure(certificate),
    handshakeTimeout: limits.handshakeTimeout,
  }
  const server = createHttpsServer(options)
  // Before the guard closes the connection, which then has no address any more.
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
    const { remoteAddress } = socket as Socket
    if (isDistrust(code) && remoteAddress !== undefined) distrusted(remoteAddress)
  })
  return guard(server, listener, limits)
}

/** Takes another certificate for connections from now on; those that are open go on. */
export function changeCertificate(server: HttpsServer, certificate: Certificate): void {
  server.setSecureContext(secure(certificate))
}

function secure(certificate: Certificate) {
  return { ...certificate, minVersion: 'TLSv1.2' as const }
}

function nodeOptions({ headerBytes, headersTimeout, keepAliveTimeout }: HttpLimits) {
  return {
    maxHeaderSize: headerBytes,
    headersTimeout,
    keepAliveTimeout,
    connectionsCheckingInterval: Math.max(headersTimeout / 4, 50),
    // Photos and videos take as long as they take.
    requestTimeout: 0,
  }
}

function guard<S extends Server | HttpsServer>(server: S, listener: RequestListener, limits: HttpLimits): S {
  const answering = new WeakMap<Duplex, ServerResponse>()
  const take = patient(listener, limits, answering)
  server.timeout = limits.stallTimeout
  // Node drops what is above without a word; one more shows that there were too many.
  server.maxHeadersCount = limits.headers + 1
  server.on('request', take)
  // A body that will be refused is then not even sent.
  server.on('checkContinue', take)
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket) => {
    if (socket.writableEnded) return
    const status = STATUS[code] ?? (code.startsWith('HPE_') ? '400 Bad Request' : undefined)
    // Without a status there is no TLS to answer by. An answer that is on its way must not get another one inside.
    if (!status || !socket.writable || answering.get(socket)?.headersSent) return void socket.destroy()
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    // Closed at once, with bytes still coming in, the line would be reset, and the answer lost.
    setTimeout(() => socket.destroy(), LINGER).unref()
  })
  return server
}

function patient(
  listener: RequestListener,
  { headers }: HttpLimits,
  answering: WeakMap<Duplex, ServerResponse>,
): RequestListener {
  return (request, response) => {
    const { socket } = request
    answering.set(socket, response)
    response.once('close', () => answering.delete(socket))
    if (request.rawHeaders.length / 2 > headers)
      return void response.writeHead(431, { Connection: 'close' }).end()
    request.once('timeout', () => {
      if (response.headersSent) return void socket.destroy()
      // Who still reads the body must hear that no more of it comes: with its answer given, the line's end alone does not tell.
      response.writeHead(408, { Connection: 'close' }).end(() => request.destroy())
    })
    listener(request, response)
  }
}
