/** Requests and answers in the web's own form, as the library for tus takes them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { inLargePieces } from './large-pieces.ts'

/** The library looks at the path alone. */
const ANY_HOST = 'http://localhost'

/** The request with its body; where that breaks off, what came before is still taken. */
export function webRequest(request: IncomingMessage): Request {
  const { method = '', url = '/', headers } = request
  const hasBody = method === 'POST' || method === 'PATCH'
  return new Request(new URL(ANY_HOST + url), {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    ...(hasBody ? { body: inLargePieces(request), duplex: 'half' } : {}),
  })
}

/** Answers as the library says. */
export async function sendWebResponse(response: ServerResponse, answer: Response): Promise<void> {
  const { status, headers } = answer
  response.writeHead(status, Object.fromEntries(headers)).end(await answer.text())
}
