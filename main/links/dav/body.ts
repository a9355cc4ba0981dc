/** Request bodies as XML. */

import { isNamed, parseXml, type XmlElement } from '../../formats/xml.ts'
import { readBody } from '../../http/body.ts'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'

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
