/** The one HTTP client of all contenders: connections kept alive, a fixed number of requests under way. */
import http from 'node:http'

export interface Answer {
  status: number
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

/** @param base ends with `/`. */
export function createLoadClient(base: URL, credentials?: { user: string; password: string }): LoadClient {
  const agent = new http.Agent({ keepAlive: true })
  const common: Record<string, string> = {}
  if (credentials) {
    const { user, password } = credentials
    common.authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }
  return {
    send(method, path, body = '', headers = {}) {
      const url = new URL(path, base)
      return new Promise((resolve, reject) => {
        const request = http.request(
          url,
          { method, agent, headers: { ...common, 'content-length': Buffer.byteLength(body), ...headers } },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', reject)
            response.on('end', () => {
              const answer = { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
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
