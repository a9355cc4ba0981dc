/** The window's files for a browser on this computer. Anybody here may load them; without the token they can do nothing. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setSafetyHeaders } from '../http/safety-headers.ts'
import { openStaticPages } from '../http/static-pages.ts'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'

export const BUILT_WINDOW = join(import.meta.dirname, '..', '..', 'dist', 'desktop')

/** In the built page, where the nonce of its policy goes. */
const NONCE = /__NONCE__/g

// Only our own files, and the styles that they make with the nonce of this page.
const policyOf = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

export function windowPages(folder: string, world: World) {
  const assets = openStaticPages(folder, "default-src 'none'", 'The window’s pages')

  /** @param isOurs whether the request names this server as its host: a page from elsewhere may have led the browser here. */
  return async (request: IncomingMessage, response: ServerResponse, isOurs: boolean): Promise<void> => {
    setSafetyHeaders(response)
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (!isOurs) return void response.writeHead(421).end()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { Allow: 'GET, HEAD' }).end()
    try {
      if (pathname === '/') await sendIndex(folder, world, request, response)
      else if (!(await assets.answer(request, response, pathname.slice(1)))) response.writeHead(404).end()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8' })
      response.end(`${error.message} ${error.next}`)
    }
  }
}

async function sendIndex(
  folder: string,
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch((cause: unknown) => {
    throw new Problem('not-found', 'The window’s pages are not there.', 'Run `npm run build` once.', {
      cause,
    })
  })
  const nonce = world.random(16).toString('base64url')
  response.writeHead(200, {
    'Content-Security-Policy': policyOf(nonce),
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : page.replace(NONCE, nonce))
}
