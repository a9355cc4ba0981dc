/** The owner taps Import: rows as Android's own reading of cards makes them (VCardEntry of AOSP), for what our made-up contacts hold. */
import { MIME } from '../../main/links/android/contact-card.ts'
import { decodedValue, parameterOf, splitValue, unescapeText } from '../../main/replica/index/content-line.ts'
import { readCardLines } from '../../main/replica/index/vcard.ts'
import type { ContentStandIn } from './content-stand-in.ts'

const PHONE_TYPES: Record<string, number> = { HOME: 1, CELL: 2, WORK: 3 }
const MAIL_TYPES: Record<string, number> = { HOME: 1, WORK: 2 }
/** What is none of them. */
const [OTHER_PHONE, OTHER_MAIL] = [7, 3]

/** @returns how many contacts there were. */
export function tapImport({ database, add }: ContentStandIn, file: Buffer): number {
  const cards = file.toString().split(/^(?=BEGIN:VCARD)/m)
  database.exec('BEGIN')
  for (const card of cards) {
    const raw_contact_id = add('raw_contacts', {})
    const put = (mimetype: string, row: Record<string, string | number>) =>
      add('data', { raw_contact_id, mimetype, ...row })
    let [shown, family, given] = ['', '', '']
    for (const line of readCardLines(Buffer.from(card))) {
      const value = decodedValue(line)
      const types = parameterOf(line, 'TYPE').map((type) => type.toUpperCase())
      const typeOf = (known: Record<string, number>, other: number) =>
        types.flatMap((type) => known[type] ?? [])[0] ?? other
      if (line.name === 'FN') shown = unescapeText(value)
      else if (line.name === 'N') [family = '', given = ''] = splitValue(value, ';')
      else if (line.name === 'TEL') {
        put(MIME.phone, { data1: unescapeText(value), data2: typeOf(PHONE_TYPES, OTHER_PHONE) })
      } else if (line.name === 'EMAIL') {
        put(MIME.mail, { data1: unescapeText(value), data2: typeOf(MAIL_TYPES, OTHER_MAIL) })
      } else if (line.name === 'ORG') put(MIME.organisation, { data1: splitValue(value, ';')[0]! })
      else if (line.name === 'NOTE') put(MIME.note, { data1: unescapeText(value) })
      else if (line.name === 'X-ANDROID-CUSTOM') {
        const [mimetype = '', ...data] = splitValue(value, ';')
        put(mimetype, Object.fromEntries(data.map((text, n) => [`data${n + 1}`, text])))
      }
    }
    put(MIME.name, { data1: shown, data2: given, data3: family })
  }
  database.exec('COMMIT')
  return cards.length
}
