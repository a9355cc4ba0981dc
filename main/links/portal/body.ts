/** Bodies of calls: JSON, within a limit. */
import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

const LARGEST = 4 * 1024 ** 2

/**
 * @throws Refusal 415 for any other type (which also makes a browser ask first before another site may send it), 413 when it is too
 *   large, 400 when it cannot be read.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) throw new Refusal(415)
  const bytes = await readWhole(request, LARGEST)
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400)
  }
}

/** Reads the whole body. @throws Refusal 413 as soon as it is known that it has more than `limit` bytes. */
export async function readWhole(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new Refusal(413)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw new Refusal(413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
