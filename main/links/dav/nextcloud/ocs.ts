/**
 * The part of Nextcloud's Open Collaboration Services that its apps need to upload: what the server can do, and who asks. Every
 * answer is an envelope, `ocs` with `meta` and `data`, in JSON or XML.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { escapeText } from '../../../formats/xml.ts'
import { answerJson } from '../../../http/answer-json.ts'
import type { Phone } from '../../../replica/phones.ts'
import { answerXml } from '../answer.ts'
import type { Quota } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import { VERSION } from './status.ts'

export function isOcsPath(target: string): boolean {
  return /^\/+ocs(\/|\?|$)/.test(target)
}

type Value = string | number | boolean | Value[] | { [name: string]: Value }

interface Envelope {
  status: number
  message: string
  data: Value
  headers?: Record<string, string>
}

/** @param authenticate throws Refusal for who is not let in; that is answered in an envelope as well. */
export async function answerOcs(
  request: IncomingMessage,
  response: ServerResponse,
  authenticate: () => Promise<Phone>,
  quota: Quota,
): Promise<void> {
  const envelope = await dataFor(request, authenticate, quota).catch((error: unknown): Envelope => {
    if (!(error instanceof Refusal)) throw error
    const { status, headers } = error
    return { status, message: MESSAGES[status] ?? 'Refused', data: [], headers }
  })
  answerEnvelope(request, response, envelope)
}

const MESSAGES: Record<number, string> = {
  401: 'Current user is not logged in',
  404: 'Invalid query, please check the syntax.',
  405: 'Method not allowed',
}

async function dataFor(
  request: IncomingMessage,
  authenticate: () => Promise<Phone>,
  quota: Quota,
): Promise<Envelope> {
  const phone = await authenticate()
  const [path = ''] = (request.url ?? '').split('?', 1)
  const name = /^\/+ocs\/v[12]\.php\/(.*?)\/?$/.exec(path)?.[1]
  const isKnown =
    name === 'cloud/capabilities' || name === 'cloud/user' || name === `cloud/users/${phone.user}`
  if (!isKnown) throw new Refusal(404)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Refusal(405, '', { Allow: 'GET, HEAD' })
  const data = name === 'cloud/capabilities' ? CAPABILITIES : await userOf(phone, quota)
  return { status: 200, message: 'OK', data }
}

// Nothing that we don't do: apps hide what is not here.
const CAPABILITIES = {
  version: VERSION,
  capabilities: {
    core: { pollinterval: 60, 'webdav-root': 'remote.php/webdav' },
    dav: { chunking: '1.0' },
    files: { bigfilechunking: true },
    checksums: { supportedTypes: ['SHA1', 'SHA256', 'MD5', 'ADLER32'], preferredUploadType: 'SHA1' },
  },
} as const satisfies { [name: string]: Value | object }

// What stands for "no limit set": clients then go by what is free.
const UNLIMITED = -3

async function userOf(phone: Phone, quota: Quota): Promise<Value> {
  const [used, free] = [quota.used(phone), await quota.available(phone)]
  const total = used + free
  const relative = total === 0 ? 0 : Math.round((used / total) * 10_000) / 100
  return {
    enabled: true,
    id: phone.user,
    displayname: phone.name,
    'display-name': phone.name,
    email: '',
    groups: [],
    language: 'en',
    quota: { free, used, total, relative, quota: UNLIMITED },
  }
}

function answerEnvelope(request: IncomingMessage, response: ServerResponse, envelope: Envelope): void {
  const { status, message, data, headers = {} } = envelope
  const isFirst = /^\/+ocs\/v1\.php\//.test(request.url ?? '')
  // The first version of the interface had numbers of its own.
  const statuscode = isFirst ? (FIRST_CODES[status] ?? status) : status
  const meta = { status: status === 200 ? 'ok' : 'failure', statuscode, message }
  if (wantsJson(request)) {
    answerJson(response, status, { ocs: { meta, data } }, headers)
  } else {
    const content = `<ocs>${elementsOf({ meta, data })}</ocs>`
    answerXml({ response }, status, content, { 'Cache-Control': 'no-store', ...headers })
  }
}

const FIRST_CODES: Record<number, number> = { 200: 100, 401: 997, 404: 998 }

function wantsJson({ url = '', headers }: IncomingMessage): boolean {
  const format = new URLSearchParams(url.split('?', 2)[1]).get('format')
  return format === null ? /\bjson\b/i.test(String(headers.accept ?? '')) : format === 'json'
}

function elementsOf(value: Value): string {
  if (Array.isArray(value)) return value.map((one) => `<element>${elementsOf(one)}</element>`).join('')
  if (typeof value === 'object') {
    const entries = Object.entries(value)
    return entries.map(([name, inner]) => `<${name}>${elementsOf(inner)}</${name}>`).join('')
  }
  // As PHP writes them.
  if (typeof value === 'boolean') return value ? '1' : ''
  return escapeText(String(value))
}
