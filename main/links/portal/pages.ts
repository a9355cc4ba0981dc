/** The phone's pages: the files that `npm run build` made, read when they are first asked for and then held in memory. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { portalPaths } from '../../../preload/portal.ts'
import { Problem } from '../../problem.ts'
import { isRead } from './origin.ts'
import { Refusal } from './refusal.ts'
import { PAGE_POLICY } from './safety-headers.ts'
import type { Visit } from './visit.ts'

export interface Pages {
  /** @throws Refusal 404 when there is no such page, Problem `not-found` when the pages were not built. */
  answer(visit: Visit, path: string): Promise<void>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

interface Page {
  headers: Record<string, string>
  plain: Buffer
  packed: Buffer
}

const INDEX = 'index.html'
/** Where a browser looks for a site's start without being told. */
const WAYS_IN = new Set(['/', '/portal'])

export function openPages(folder: string): Pages {
  let reading: Promise<ReadonlyMap<string, Page>> | undefined

  async function read(): Promise<ReadonlyMap<string, Page>> {
    try {
      reading ??= readPages(folder)
      return await reading
    } catch (error) {
      // They may be there the next time.
      reading = undefined
      throw error
    }
  }

  return {
    async answer(visit, path) {
      if (!isRead(visit.request)) throw new Refusal(405, { Allow: 'GET, HEAD' })
      if (WAYS_IN.has(path)) throw new Refusal(302, { Location: portalPaths.pages })
      const name = path.startsWith(portalPaths.pages) ? path.slice(portalPaths.pages.length) : path.slice(1)
      const page = (await read()).get(name === '' ? INDEX : name)
      if (!page) throw new Refusal(404)
      send(visit, page)
    },
  }
}

async function readPages(folder: string): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>()
  for (const name of await listFiles(folder)) pages.set(name, await readPage(folder, name))
  return pages
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
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
    'Content-Security-Policy': PAGE_POLICY,
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
