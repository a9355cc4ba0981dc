/** The portal's uploads behind a real server on loopback, as one phone and then another would reach them. */
import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as sendRequest,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Upload } from 'tus-js-client'
import { onTestFinished } from 'vitest'
import { answerProblem, Refusal } from '../../../../main/links/portal/refusal.ts'
import { createUploads, type Uploads } from '../../../../main/links/portal/uploads/uploads.ts'
import type { PhoneVisit } from '../../../../main/links/portal/visit.ts'
import { Problem } from '../../../../main/problem.ts'
import { addPhone, type Phone } from '../../../../main/replica/phones.ts'
import { openReplica } from '../../../../main/replica/replica.ts'
import { realWorld, type World } from '../../../../main/world.ts'
import { type TestReplica, testReplica } from '../../replica/fixture.ts'

export interface UploadServer extends TestReplica {
  other: Phone
  /** What was logged as an error of ours. */
  trouble: string[]
  /** Ends the engine without a word and starts another on the same folder. */
  restart(): Promise<void>
  uploads(): Uploads
  visit(phone: Phone): PhoneVisit
  /** Scheme, name and port. */
  origin(phone: Phone): string
  /** Where uploads begin. */
  url(phone: Phone): string
}

/** @param kept the replica behind it; left out, a new one. */
export async function uploadServer(world: World = realWorld, kept?: TestReplica): Promise<UploadServer> {
  kept ??= await testReplica(world)
  const { folder } = kept
  const { phone: other } = await addPhone(kept.replica, 'Another')
  const trouble: string[] = []
  const log = (message: string, error: unknown) => trouble.push(`${message}: ${error}`)
  let replica = kept.replica
  let uploads = createUploads({ replica, log })
  const answerFor = (phone: Phone) => (request: IncomingMessage, response: ServerResponse) => {
    const [, , room = '', ...rest] = request.url!.split('?')[0]!.split('/').map(decodeURIComponent)
    const visit = { request, response, phone } as PhoneVisit
    const route = uploads.routes[room as keyof Uploads['routes']]
    route(
      visit,
      rest.filter((segment) => segment !== ''),
    ).catch((error) => {
      if (error instanceof Problem) return answerProblem(response, error)
      response.writeHead(error instanceof Refusal ? error.status : 500).end(String(error))
    })
  }
  const servers = new Map<string, Server>()
  for (const phone of [kept.phone, other]) {
    const server = createServer(answerFor(phone))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.set(phone.id, server)
  }
  const disconnect = () => {
    for (const server of servers.values()) server.closeAllConnections()
  }
  onTestFinished(async () => {
    disconnect()
    for (const server of servers.values()) server.close()
    await replica.close()
  })
  const origin = (phone: Phone) =>
    `http://127.0.0.1:${(servers.get(phone.id)!.address() as AddressInfo).port}`
  return {
    ...kept,
    origin,
    other,
    trouble,
    get replica() {
      return replica
    },
    async restart() {
      disconnect()
      await replica.close()
      replica = openReplica(folder, world)
      uploads = createUploads({ replica, log })
    },
    uploads: () => uploads,
    visit: (phone) => ({ phone }) as PhoneVisit,
    url: (phone) => `${origin(phone)}/portal/uploads/`,
  }
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

export function metadataOf(bytes: Uint8Array, filename: string, more: Record<string, string> = {}) {
  return { filename, filetype: '', sha256: sha256(bytes), modified: '1500000000000', ...more }
}

/** The header of tus for metadata. */
export function encodeMetadata(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One bare request of tus. */
export function send(
  method: string,
  url: string,
  headers: Record<string, string | undefined>,
  body: Uint8Array = Buffer.alloc(0),
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = Object.entries({ 'Tus-Resumable': '1.0.0', ...headers }).filter(
      ([, value]) => value !== undefined,
    )
    const request = sendRequest(url, {
      method,
      // A kept connection may be one that a restart has closed.
      agent: false,
      headers: { 'Content-Length': String(body.length), ...Object.fromEntries(given) },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    request.end(body)
  })
}

/** Sends the file with the client that the pages use. @returns the last answer's `Sidekeep-Outcome`. */
export function uploadFile(
  url: string,
  bytes: Buffer,
  metadata: Record<string, string>,
  options: { chunkSize?: number; together?: boolean } = {},
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let outcome: string | undefined
    const upload = new Upload(bytes as never, {
      endpoint: url,
      metadata,
      retryDelays: null,
      uploadDataDuringCreation: options.together ?? false,
      ...(options.chunkSize ? { chunkSize: options.chunkSize } : {}),
      onAfterResponse(_, response) {
        outcome = response.getHeader('Sidekeep-Outcome') ?? outcome
      },
      onError: reject,
      onSuccess: () => resolve(outcome),
    })
    upload.start()
  })
}

export const OFFSET_TYPE = { 'Content-Type': 'application/offset+octet-stream' }

/** Begins an upload without a byte of it. */
export function createUpload(
  server: UploadServer,
  bytes: Buffer,
  filename: string,
  phone = server.phone,
): Promise<Answer> {
  return send('POST', server.url(phone), {
    'Upload-Length': String(bytes.length),
    'Upload-Metadata': encodeMetadata(metadataOf(bytes, filename)),
  })
}

/** @returns what tells the upload's URL. */
export async function beginUpload(
  server: UploadServer,
  bytes: Buffer,
  filename: string,
): Promise<() => string> {
  const { headers } = await createUpload(server, bytes, filename)
  return () => server.origin(server.phone) + String(headers.location)
}

/** Goes on with an upload and tears the connection down once so many bytes of the body were sent. */
export async function sendAndCut(url: string, offset: number, body: Buffer, cutAfter: number): Promise<void> {
  const request = sendRequest(url, {
    method: 'PATCH',
    headers: {
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': String(offset),
      'Content-Length': String(body.length),
      ...OFFSET_TYPE,
    },
  })
  const closed = new Promise((resolve) => request.on('close', resolve))
  request.on('error', () => undefined)
  request.flushHeaders()
  await new Promise((resolve) => request.write(body.subarray(0, cutAfter), resolve))
  await new Promise((resolve) => setTimeout(resolve, 20))
  request.destroy()
  await closed
}
