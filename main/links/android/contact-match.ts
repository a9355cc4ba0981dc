/** Tells by name, numbers and addresses whether two cards are of one contact, where their identities tell nothing. */
import type { ContactFacts } from '../../replica/index/facts.ts'

type Known = Pick<ContactFacts, 'name' | 'phones' | 'mails'>

/** The other has the name, and at least the numbers and addresses, of this one. */
export function isSameContact({ name, phones, mails }: Known, other: Known): boolean {
  return (
    nameKey(name) === nameKey(other.name) &&
    isWithin(phones.map(phoneKey), other.phones.map(phoneKey)) &&
    isWithin(mails.map(nameKey), other.mails.map(nameKey))
  )
}

/** The same for names that differ in blanks and case. */
export function nameKey(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase()
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one))
}

// Phones write the same number with blanks and without.
function phoneKey(text: string): string {
  return text.replace(/[\s().\-/]/g, '')
}
