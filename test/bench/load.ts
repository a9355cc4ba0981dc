/** The one HTTP client of all contenders: connections kept alive, a fixed number of requests under way. */
import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface LoadClient {
  /**
   * @param path below the base URL.
   * @throws Error for a status that is not 2xx.
   */
  send(
    method: string,
    path: string,
    body?: Buffer | string,
    headers?: Record<string, string>,
  ): Promise<Answer>
  close(): void
}

/** @param base ends with `/`. @param root certificate that is trusted, and no other; needed where the base is HTTPS. */
export function createLoadClient(
  base: URL,
  credentials?: { user: string; password: string },
  root?: string,
): LoadClient {
  const agent = keepAliveAgent(base, root)
  const { request: ask } = base.protocol === 'https:' ? https : http
  const common: Record<string, string> = {}
  if (credentials) {
    const { user, password } = credentials
    common.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }
  return {
    send(method, path, body = '', headers = {}) {
      const url = new URL(path, base)
      return new Promise((resolve, reject) => {
        const request = ask(
          url,
          { method, agent, headers: { ...common, 'content-length': Buffer.byteLength(body), ...headers } },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', reject)
            response.on('end', () => {
              const { statusCode: status = 0, headers } = response
              const answer = { status, headers, body: Buffer.concat(chunks) }
              if (answer.status >= 200 && answer.status < 300) resolve(answer)
              else reject(new Error(`${method} ${url.pathname}: ${answer.status} ${answer.body.toString()}`))
            })
          },
        )
        request.on('error', reject)
        request.end(body)
      })
    },
    close: () => agent.destroy(),
  }
}

/** Keeps connections alive. @param root as `createLoadClient` takes it. */
export function keepAliveAgent({ protocol }: URL, root: string | undefined): http.Agent {
  if (protocol === 'http:') return new http.Agent({ keepAlive: true })
  if (root === undefined) throw new Error('A server that speaks TLS has a root certificate.')
  return new https.Agent({ keepAlive: true, ca: root })
}

/** Does the task for 0 … count-1, at most `concurrency` at a time. Stops at the first that fails. */
export async function inParallel(
  count: number,
  concurrency: number,
  task: (n: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  async function worker(): Promise<void> {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
