/** The kinds of numbers, addresses and days that Android's contacts know by number (ContactsContract.CommonDataKinds), in vCard's words. */
import { knownLabel } from '../../formats/vcard-writer.ts'

/** How a kind is said in a card: by types of the standard, or by a label. */
export interface Kind {
  types: readonly string[]
  label: string
}

type Kinds = Readonly<Record<number, Kind>>

function typed(...types: string[]): Kind {
  return { types, label: '' }
}

function labelled(label: string): Kind {
  return { types: [], label }
}

/** Android's number for a kind that its owner named. */
const OWN = 0

export const PHONE_KINDS: Kinds = {
  1: typed('HOME', 'VOICE'),
  2: typed('CELL'),
  3: typed('WORK', 'VOICE'),
  4: typed('WORK', 'FAX'),
  5: typed('HOME', 'FAX'),
  6: typed('PAGER'),
  7: typed(),
  8: labelled('Callback'),
  9: typed('CAR'),
  10: labelled('Company main'),
  11: typed('ISDN'),
  12: labelled(knownLabel('Main')),
  13: typed('FAX'),
  14: labelled('Radio'),
  15: labelled('Telex'),
  16: labelled('TTY TDD'),
  17: typed('WORK', 'CELL'),
  18: typed('WORK', 'PAGER'),
  19: labelled('Assistant'),
  20: labelled('MMS'),
}

export const MAIL_KINDS: Kinds = { 1: typed('HOME'), 2: typed('WORK'), 3: typed(), 4: typed('CELL') }

export const ADDRESS_KINDS: Kinds = { 1: typed('HOME'), 2: typed('WORK'), 3: typed() }

export const WEBSITE_KINDS: Kinds = {
  1: labelled(knownLabel('HomePage')),
  2: labelled('Blog'),
  3: labelled('Profile'),
  4: typed('HOME'),
  5: typed('WORK'),
  6: labelled('FTP'),
  7: typed(),
}

export const MESSAGE_KINDS: Kinds = { 1: typed('HOME'), 2: typed('WORK'), 3: typed() }

/** Days; 3, the birthday, has a property of its own. */
export const DATE_KINDS: Kinds = {
  1: labelled(knownLabel('Anniversary')),
  2: labelled(knownLabel('Other')),
}

export const BIRTHDAY = 3

const RELATIONS = [
  ...['Assistant', 'Brother', 'Child', 'Domestic partner', 'Father', 'Friend', 'Manager', 'Mother', 'Parent'],
  ...['Partner', 'Referred by', 'Relative', 'Sister', 'Spouse'],
]
export const RELATION_KINDS: Kinds = Object.fromEntries(
  RELATIONS.map((name, n) => [n + 1, labelled(knownLabel(name))]),
)

/** Services of messages by Android's number; −1 stands for one that is named. */
export const MESSAGE_SERVICES: Readonly<Record<number, string>> = {
  0: 'AIM',
  1: 'MSN',
  2: 'Yahoo',
  3: 'Skype',
  4: 'QQ',
  5: 'GoogleTalk',
  6: 'ICQ',
  7: 'Jabber',
}
export const NAMED_SERVICE = -1

/** What a row's kind and its owner's label are in a card. */
export function kindOf(kinds: Kinds, number: string | null, label: string | null): Kind {
  if (Number(number) === OWN && label) return labelled(label)
  return kinds[Number(number)] ?? typed()
}

const SAYS_NOTHING = new Set(['VOICE', 'PREF', 'INTERNET', 'MSG'])
const OTHER_WORDS: Record<string, string> = { IPHONE: 'CELL', MOBILE: 'CELL' }

/** The number for types and a label of a card, the other way of `kindOf`; 0 for what its owner named, and for what nothing fits. */
export function numberOf(kinds: Kinds, types: readonly string[], label: string): number {
  const all = Object.entries(kinds)
  if (label !== '') return Number(all.find(([, kind]) => kind.label === label)?.[0] ?? OWN)
  const wanted = new Set(
    types.map((type) => OTHER_WORDS[type] ?? type).filter((type) => !SAYS_NOTHING.has(type)),
  )
  const fitting = all
    .filter(([, kind]) => kind.label === '')
    .map(([number, kind]) => ({ number, said: kind.types.filter((type) => !SAYS_NOTHING.has(type)) }))
    .filter(({ said }) => said.every((type) => wanted.has(type)))
    .sort((a, b) => b.said.length - a.said.length)
  return Number(fitting[0]?.number ?? OWN)
}
