/** Reads a card of any version, whole or broken, for the index. */
import type { ContactFacts } from './facts.ts'

/** Never throws and never changes the bytes: what cannot be read is left out. */
export function readContact(bytes: Uint8Array): ContactFacts {
  const text = Buffer.from(bytes).toString('utf8')
  const value = (property: string) =>
    text.match(new RegExp(`^${property}[^:\\r\\n]*:(.*)$`, 'im'))?.[1]?.trim() ?? null
  const name = value('FN') ?? ''
  const readable = name !== ''
  return {
    kind: 'contact',
    uid: value('UID'),
    name,
    sortName: name.toLowerCase(),
    organisation: value('ORG'),
    phones: [],
    mails: [],
    isGroup: false,
    readable,
  }
}
