/** Labels of telephone numbers and addresses on an iPhone, as types of a card. */
import type { Labelled } from '../../../formats/vcard-writer.ts'

const TYPES: Record<string, readonly string[]> = {
  Mobile: ['CELL'],
  iPhone: ['IPHONE', 'CELL'],
  Home: ['HOME'],
  Work: ['WORK'],
  School: ['SCHOOL'],
  Main: ['MAIN'],
  Other: ['OTHER'],
  Pager: ['PAGER'],
  HomeFAX: ['HOME', 'FAX'],
  WorkFAX: ['WORK', 'FAX'],
  OtherFAX: ['OTHER', 'FAX'],
}

/** @param label as stored: `_$!<Mobile>!$_` for those that come with the phone, or what its owner typed. */
export function labelled<T>(value: T, label: string): Labelled<T> {
  const [, known] = /^_\$!<(.*)>!\$_$/.exec(label) ?? []
  const types = known === undefined && label !== 'iPhone' ? undefined : TYPES[known ?? label]
  if (types) return { value, types }
  return label === '' ? { value } : { value, label }
}
