/** Values of which a contact may have several: numbers, addresses, profiles and the like. */
import type { DatabaseSync } from 'node:sqlite'
import { contentLine, escapeText } from '../../../formats/content-line-writer.ts'
import type { Card, CardDate, Labelled } from '../../../formats/vcard-writer.ts'
import { groupRows, type Row, readRows, textOf, timeOf } from '../rows.ts'
import { labelled } from './labels.ts'

/** Numbers of `ABMultiValue.property`. */
const PHONE = 3
const MAIL = 4
const ADDRESS = 5
const DATE = 12
const MESSAGES = 13
const WEBSITE = 22
const RELATION = 23
const PROFILE = 46

type Values = Required<
  Pick<Card, 'phones' | 'mails' | 'addresses' | 'websites' | 'messages' | 'dates' | 'relations' | 'further'>
>

/** @returns what gives the values of a person by its row id. */
export function readValues(book: DatabaseSync): (person: number) => Values {
  const labels = readTexts(book, 'ABMultiValueLabel')
  const keys = readTexts(book, 'ABMultiValueEntryKey')
  const entries = groupRows(readRows(book, 'ABMultiValueEntry', ['parent_id', 'key', 'value']), 'parent_id')
  const columns = ['UID', 'record_id', 'property', 'identifier', 'label', 'value']
  const values = groupRows(readRows(book, 'ABMultiValue', columns), 'record_id')

  /** The parts of a structured value by their keys, in lower case. */
  function partsOf(row: Row): Map<string, string> {
    return new Map(
      (entries.get(row.UID!) ?? []).map(({ key, value }) => [
        (keys.get(Number(key)) ?? '').toLowerCase(),
        textOf(value),
      ]),
    )
  }

  return (person) => {
    const own = (values.get(person) ?? []).toSorted((a, b) => Number(a.identifier) - Number(b.identifier))
    function all<T>(property: number, read: (row: Row) => T | undefined): Labelled<T>[] {
      return own
        .filter((row) => row.property === property)
        .flatMap((row) => {
          const value = read(row)
          return value === undefined ? [] : [labelled(value, labels.get(Number(row.label)) ?? '')]
        })
    }
    const value = (row: Row) => textOf(row.value) || undefined
    return {
      phones: all(PHONE, value),
      mails: all(MAIL, value),
      websites: all(WEBSITE, value),
      relations: all(RELATION, value),
      dates: all(DATE, (row) => dateOf(row.value)),
      addresses: all(ADDRESS, (row) => {
        const part = (name: string) => partsOf(row).get(name) ?? ''
        return {
          street: part('street'),
          city: part('city'),
          region: part('state'),
          postcode: part('zip'),
          country: part('country') || part('countrycode'),
        }
      }),
      messages: all(MESSAGES, (row) => partsOf(row)).map(({ value: parts, ...rest }) => ({
        ...rest,
        value: parts.get('username') ?? '',
        service: parts.get('service') ?? '',
      })),
      further: own.flatMap((row) => furtherLine(row, partsOf(row))),
    }
  }
}

function readTexts(book: DatabaseSync, table: string): Map<number, string> {
  return new Map(
    [...readRows(book, table, ['ROWID', 'value'])].map((row) => [Number(row.ROWID), textOf(row.value)]),
  )
}

// Stands for no year.
const NO_YEAR = 1604

/** A day, stored as seconds at noon in UTC; what is no number is passed on as it is. */
export function dateOf(stored: Row[string] | undefined): CardDate | undefined {
  const at = timeOf(stored)
  if (at === null) return textOf(stored) || undefined
  const date = new Date(at)
  const year = date.getUTCFullYear()
  return { year: year === NO_YEAR ? null : year, month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

const WRITTEN = new Set([PHONE, MAIL, ADDRESS, DATE, MESSAGES, WEBSITE, RELATION])

/** Profiles as Apple writes them, and what has a number that nobody told us of as it is, so that it is not lost. */
function furtherLine(row: Row, parts: Map<string, string>): string[] {
  const property = Number(row.property)
  if (WRITTEN.has(property)) return []
  if (property === PROFILE) {
    const url = parts.get('url') ?? ''
    const user = parts.get('username') ?? ''
    const service = parts.get('service') || undefined
    if (url === '' && user === '') return []
    return [
      contentLine('X-SOCIALPROFILE', escapeText(url || user), {
        TYPE: service?.toLowerCase(),
        'X-USER': user || undefined,
      }),
    ]
  }
  const text = textOf(row.value) || [...parts].map(([key, value]) => `${key}=${value}`).join(', ')
  return text === '' ? [] : [contentLine(`X-IPHONE-VALUE-${property}`, escapeText(text))]
}
