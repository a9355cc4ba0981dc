/** Request bodies: read whole up to a limit, as bytes or as XML. */
import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'
import { isNamed, parseXml, type XmlElement } from './xml.ts'

/** The body's length as announced; undefined when it comes in chunks. */
export function announcedLength(request: IncomingMessage): number | undefined {
  const length = request.headers['content-length']
  return length === undefined ? undefined : Number(length)
}

/**
 * Reads the whole body. A body that is cut off rejects, so that nothing of it is used.
 * @param tooLarge makes what is thrown as soon as it is known that there are more than `limit` bytes.
 */
export async function readBody(
  body: IncomingMessage,
  limit: number,
  tooLarge: () => Refusal,
): Promise<Buffer> {
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

/** Reads the body as XML; undefined when there is none. @throws Refusal 413 when it is too large, XmlError when it cannot be read. */
export async function readXml({
  body,
  limits,
}: Pick<Exchange, 'body' | 'limits'>): Promise<XmlElement | undefined> {
  const bytes = await readBody(body(), limits.xmlBytes, () => new Refusal(413))
  return bytes.length === 0 ? undefined : parseXml(bytes)
}

/** @throws Refusal 400 when there is no such root. */
export function expectRoot(root: XmlElement | undefined, namespace: string, local: string): XmlElement {
  if (!root || !isNamed(root, namespace, local)) throw new Refusal(400)
  return root
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
}
