/** Text without spaces, whose lines end behind its signs and not in the middle of a word or a number. */
import { element } from '../element.ts'

/** For an address or a fingerprint. Copied, it is as it was. */
export function breakable(text: string): (Node | string)[] {
  return text.split(/(?<=[/:.@-])(?=\w)/).flatMap((part, n) => (n === 0 ? [part] : [element('wbr'), part]))
}
