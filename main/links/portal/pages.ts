/** The phone's pages: the files that `npm run build` made, held in memory, with headers that let them do only what they need. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { portalPaths } from '../../../preload/portal.ts'
import { Problem } from '../../problem.ts'
import { isRead } from './origin.ts'
import { Refusal } from './refusal.ts'
import type { Visit } from './visit.ts'

export interface Pages {
  answer(visit: Visit, path: string): void
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

// Hashing files on the phone runs as WebAssembly; nothing else but our own files is ever loaded.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

interface Page {
  headers: Record<string, string>
  plain: Buffer
  packed: Buffer
}

const INDEX = 'index.html'

/** Reads the built pages. @throws Problem `not-found` when they were not built. */
export async function readPages(folder: string): Promise<Pages> {
  const pages = new Map<string, Page>()
  for (const name of await listFiles(folder)) pages.set(name, await readPage(folder, name))
  return {
    answer(visit, path) {
      if (!isRead(visit.request)) throw new Refusal(405, { Allow: 'GET, HEAD' })
      const below = path.startsWith(portalPaths.pages) ? path.slice(portalPaths.pages.length) : undefined
      if (below === undefined) throw new Refusal(302, { Location: portalPaths.pages })
      const page = pages.get(below === '' ? INDEX : below)
      if (!page) throw new Refusal(404)
      send(visit, page)
    },
  }
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      )
  } catch (error) {
    throw new Problem('not-found', 'The pages for phones are not there.', 'Run `npm run build` once.', {
      cause: error,
    })
  }
}

async function readPage(folder: string, name: string): Promise<Page> {
  const plain = await readFile(join(folder, name))
  // Vite puts a hash of the content into the names of what lies in `assets`.
  const cache = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache'
  const headers = {
    ...HEADERS,
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Cache-Control': cache,
    ETag: `"${createHash('sha256').update(plain).digest('base64url')}"`,
    Vary: 'Accept-Encoding',
  }
  return { headers, plain, packed: await promisify(gzip)(plain, { level: 9 }) }
}

function send({ request, response }: Visit, { headers, plain, packed }: Page): void {
  if (request.headers['if-none-match'] === headers.ETag) return void response.writeHead(304, headers).end()
  const takesPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = takesPacked && packed.length < plain.length ? packed : plain
  const encoding = body === packed ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'Content-Length': String(body.length) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
