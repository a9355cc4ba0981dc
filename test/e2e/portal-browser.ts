/** The built pages in a real browser, served by the portal's own code under its own policy, with answers that a test chooses. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { setSafetyHeaders } from '../../main/http/safety-headers.ts'
import { openPages } from '../../main/links/portal/pages.ts'
import { type PortalMethod, portalContract, portalPaths } from '../../preload/portal.ts'
import { seeded } from '../phone/chance.ts'
import { makePortrait } from '../phone/make-photo.ts'
import type { Answers } from './portal-answers.ts'

export interface PortalPages {
  /** Of the start page, without any `#`. */
  url: string
  /** What calls are answered with; a status instead refuses them. A test may change it at any time. */
  answers: { [M in PortalMethod]: Answers[M] | number }
  /** What went wrong in any page, with what its policy forbade. */
  errors: string[]
  /** Opens a page like a phone's. @param hash such as `#photos` */
  open(hash: string, options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

/** Serves built pages and opens a browser. @param program path of Chromium */
export async function openPortalPages(
  program: string,
  folder: string,
  answers: Answers,
): Promise<PortalPages> {
  const pages = openPages(folder)
  const thumbnail = makePortrait(seeded(7))
  const shown: Pick<PortalPages, 'answers'> = { answers: { ...answers } }
  const server = createServer((request, response) => {
    setSafetyHeaders(response)
    const path = request.url?.split('?')[0] ?? '/'
    if (path === portalPaths.trusted) return void response.writeHead(204).end()
    if (path.startsWith(portalPaths.api))
      return answerCall(shown.answers, path.slice(portalPaths.api.length), response)
    if (path.startsWith(portalPaths.get))
      return void response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(thumbnail)
    pages.answer({ request, response, address: '127.0.0.1' }, path).catch(() => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await launch(program)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${portalPaths.pages}`
  const errors: string[] = []
  return Object.assign(shown, {
    url,
    errors,
    async open(hash: string, options: BrowserContextOptions = {}) {
      const context = await browser.newContext({ isMobile: true, hasTouch: true, ...options })
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) errors.push(message.text())
      })
      await page.goto(url + hash)
      return page
    },
    async close() {
      await browser.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function answerCall(answers: PortalPages['answers'], name: string, response: ServerResponse): void {
  const answer = Object.hasOwn(portalContract, name) ? answers[name as PortalMethod] : 404
  if (typeof answer === 'number') return void response.writeHead(answer).end()
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
}

/** Chromium without a window, and without its sandbox where tests run as root. */
export function launch(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}
