/** What plain HTTP answers: the page that makes a phone know this computer, the root certificate, and the way to TLS for all else. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { rootName } from '../tls/authority.ts'
import { PROFILE_TYPE, rootProfile } from '../tls/root-profile.ts'

export interface WelcomeSettings {
  /** The root certificate in PEM form; null when phones trust ours anyway, and then there is no page. */
  root: string | null
  /** How its owner knows this computer. */
  computer: string
  /** Where TLS is answered, by the name that stays. */
  url: () => string
  /** Names and addresses by which a request may rightly come in. */
  hosts: () => readonly string[]
}

interface File {
  type: string
  body: string | Buffer
  /** What the browser saves it as. */
  name?: string
}

const FOLDER = join(import.meta.dirname, 'welcome')

export async function welcomeHandler(settings: WelcomeSettings): Promise<RequestListener> {
  const { root } = settings
  const files = root === null ? new Map<string, File>() : await readFiles(root)
  const page = await readFile(join(FOLDER, 'index.html'), 'utf8')

  return (request, response) => {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') return refuse(request, response)
    const origin = originOf(request, settings)
    const target = request.url ?? '/'
    const [path = '/'] = target.split('?', 1)
    const file = files.get(path)
    if (file) return send(request, response, file)
    if (path === '/' && root !== null) {
      const html = fillIn(page, root, settings, origin)
      return send(
        request,
        response,
        { type: 'text/html; charset=utf-8', body: html },
        policy(origin, settings),
      )
    }
    if (!target.startsWith('/')) return void response.writeHead(400, { 'Content-Length': '0' }).end()
    response.writeHead(308, {
      Location: `${origin}${target}`,
      'Cache-Control': 'no-store',
      'Content-Length': '0',
    })
    response.end()
  }
}

async function readFiles(root: string): Promise<Map<string, File>> {
  const [script, style] = await Promise.all(
    ['welcome.js', 'welcome.css'].map((name) => readFile(join(FOLDER, name))),
  )
  return new Map<string, File>([
    ['/welcome.js', { type: 'text/javascript; charset=utf-8', body: script! }],
    ['/welcome.css', { type: 'text/css; charset=utf-8', body: style! }],
    [
      '/root.crt',
      { type: 'application/x-x509-ca-cert', body: new X509Certificate(root).raw, name: 'sidekeep.crt' },
    ],
    ['/root.pem', { type: 'application/x-pem-file', body: root, name: 'sidekeep.pem' }],
    // Without a name of its own: Safari installs it instead of saving it.
    ['/root.mobileconfig', { type: PROFILE_TYPE, body: rootProfile(root) }],
  ])
}

/** The same host over TLS; a name that is not ours is not passed on. */
function originOf({ headers }: IncomingMessage, { url, hosts }: WelcomeSettings): string {
  const asked = `http://${headers.host ?? ''}`
  if (!URL.canParse(asked)) return url()
  const { hostname, host } = new URL(asked)
  return hosts().includes(hostname.replace(/^\[|\]$/g, '')) ? `https://${host}` : url()
}

function fillIn(page: string, root: string, { computer, url }: WelcomeSettings, origin: string): string {
  const values: Record<string, string> = {
    computer: escapeHtml(computer),
    root: escapeHtml(rootName(root)),
    // Its lines end between two bytes.
    fingerprint: new X509Certificate(root).fingerprint256.replaceAll(':', ':<wbr>'),
    origins: escapeHtml([...new Set([url(), origin])].join(' ')),
    portal: escapeHtml(`${origin}/portal/`),
  }
  return page.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key]!)
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function policy(origin: string, { url }: WelcomeSettings): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${url()} ${origin}`,
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { type, body, name }: File,
  contentPolicy = "default-src 'none'",
): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Security-Policy': contentPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    ...(name === undefined ? {} : { 'Content-Disposition': `attachment; filename="${name}"` }),
  })
  response.end(method === 'HEAD' ? undefined : body)
}

// A password that came in clear is not even looked at.
function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const sentence = 'Nothing is taken without TLS. Use https:// in place of http://.\n'
  response.writeHead(403, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(sentence.length),
    Connection: 'close',
  })
  response.end(sentence)
}
