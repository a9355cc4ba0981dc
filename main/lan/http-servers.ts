/** HTTP servers that slow, stuck and hostile clients cannot hold up. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'

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

/** Plain HTTP. */
export function httpServer(limits: HttpLimits, listener: RequestListener): Server {
  return guard(createHttpServer(nodeOptions(limits), patient(listener, limits)), listener, limits)
}

/** HTTP over TLS. */
export function httpsServer(
  limits: HttpLimits,
  certificate: Certificate,
  listener: RequestListener,
): HttpsServer {
  const options = {
    ...nodeOptions(limits),
    ...secure(certificate),
    handshakeTimeout: limits.handshakeTimeout,
  }
  return guard(createHttpsServer(options, patient(listener, limits)), listener, limits)
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
  server.timeout = limits.stallTimeout
  // Node drops what is above without a word; one more shows that there were too many.
  server.maxHeadersCount = limits.headers + 1
  // A body that will be refused is then not even sent.
  server.on('checkContinue', patient(listener, limits))
  return server
}

function patient(listener: RequestListener, { headers }: HttpLimits): RequestListener {
  return (request, response) => {
    if (request.rawHeaders.length / 2 > headers)
      return void response.writeHead(431, { Connection: 'close' }).end()
    request.once('timeout', () => {
      if (response.headersSent) return void request.socket.destroy()
      response.writeHead(408, { Connection: 'close' }).end(() => request.socket.destroy())
    })
    listener(request, response)
  }
}
