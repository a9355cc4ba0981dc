/** Built pages: the files of a folder, read when they are first asked for and then held in memory. No path from outside touches the disk. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { Problem } from '../problem.ts'

export interface StaticPages {
  /**
   * Answers with the file of that name, `''` being the index. @returns false when there is none, and nothing was answered.
   * @throws Problem `not-found` when the pages were not built.
   */
  answer(request: IncomingMessage, response: ServerResponse, name: string): Promise<boolean>
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
  '.woff2': 'font/woff2',
}

interface Page {
  headers: Record<string, string>
  plain: Buffer
  packed: Buffer
}

const INDEX = 'index.html'

/** @param policy the pages' Content-Security-Policy. @param what they are, for who has not built them. */
export function openStaticPages(folder: string, policy: string, what: string): StaticPages {
  let reading: Promise<ReadonlyMap<string, Page>> | undefined

  async function read(): Promise<ReadonlyMap<string, Page>> {
    try {
      reading ??= readPages(folder, policy, what)
      return await reading
    } catch (error) {
      // They may be there the next time.
      reading = undefined
      throw error
    }
  }

  return {
    async answer(request, response, name) {
      const page = (await read()).get(name === '' ? INDEX : name)
      if (page) send(request, response, page)
      return page !== undefined
    },
  }
}

async function readPages(folder: string, policy: string, what: string): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>()
  for (const name of await listFiles(folder, what)) pages.set(name, await readPage(folder, name, policy))
  return pages
}

async function listFiles(folder: string, what: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  } catch (error) {
    throw new Problem('not-found', `${what} are not there.`, 'Run `npm run build` once.', { cause: error })
  }
}

async function readPage(folder: string, name: string, policy: string): Promise<Page> {
  const plain = await readFile(join(folder, name))
  // Vite puts a hash of the content into the names of what lies in `assets`.
  const cache = name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache'
  const headers = {
    'Content-Security-Policy': policy,
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Cache-Control': cache,
    ETag: `"${createHash('sha256').update(plain).digest('base64url')}"`,
    Vary: 'Accept-Encoding',
  }
  return { headers, plain, packed: await promisify(gzip)(plain, { level: 9 }) }
}

function send(request: IncomingMessage, response: ServerResponse, { headers, plain, packed }: Page): void {
  if (request.headers['if-none-match'] === headers.ETag) return void response.writeHead(304, headers).end()
  const takesPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = takesPacked && packed.length < plain.length ? packed : plain
  const encoding = body === packed ? { 'Content-Encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'Content-Length': String(body.length) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
