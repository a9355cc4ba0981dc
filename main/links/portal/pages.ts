/** The phone's pages, and the ways in to them. */
import { portalPaths } from '../../../preload/portal.ts'
import { openStaticPages } from '../../http/static-pages.ts'
import { isRead } from './origin.ts'
import { Refusal } from './refusal.ts'
import type { Visit } from './visit.ts'

export interface Pages {
  /** @throws Refusal 404 when there is no such page, Problem `not-found` when the pages were not built. */
  answer(visit: Visit, path: string): Promise<void>
}

// Hashing files on the phone runs as WebAssembly; nothing else but our own files is ever loaded.
const PAGE_POLICY = [
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

/** Where a browser looks for a site's start without being told. */
const WAYS_IN = new Set(['/', '/portal'])

export function openPages(folder: string): Pages {
  const pages = openStaticPages(folder, PAGE_POLICY, 'The pages for phones')
  return {
    async answer({ request, response }, path) {
      if (!isRead(request)) throw new Refusal(405, { Allow: 'GET, HEAD' })
      if (WAYS_IN.has(path)) throw new Refusal(302, { Location: portalPaths.pages })
      const name = path.startsWith(portalPaths.pages) ? path.slice(portalPaths.pages.length) : path.slice(1)
      if (!(await pages.answer(request, response, name))) throw new Refusal(404)
    },
  }
}
