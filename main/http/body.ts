/** Request bodies, for every link that speaks HTTP: read whole up to a limit, or let in unheeded after a refusal. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** The body's length as announced; undefined when it comes in chunks. */
export function announcedLength(request: IncomingMessage): number | undefined {
  const length = request.headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/** Lets a client that waits for leave (`Expect: 100-continue`) send its body. */
export function welcomeBody(request: IncomingMessage, response: ServerResponse): IncomingMessage {
  if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue()
  return request
}

/**
 * Reads the whole body. A body that is cut off rejects, so that nothing of it is used.
 * @param tooLarge makes what is thrown as soon as it is known that there are more than `limit` bytes.
 */
export async function readBody(body: IncomingMessage, limit: number, tooLarge: () => Error): Promise<Buffer> {
  if ((announcedLength(body) ?? 0) > limit) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  // A body that is not read to its end must not take the connection along: the answer has to go out by it.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}

/** Beyond this a client that sends on and on after a refusal is cut off. */
const MOST_DISCARDED = 256 * 1024 ** 2

/**
 * Lets the rest of a refused body come in unheeded. Closing the connection instead would reset it, and a client that is still
 * sending would then hear of a broken line and not of our answer.
 */
export function discardRest(request: IncomingMessage): void {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > MOST_DISCARDED) request.destroy()
  })
  // Whoever gave up reading may have paused it.
  request.resume()
}
