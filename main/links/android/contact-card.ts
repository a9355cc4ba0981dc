/** Makes a card of a raw contact of Android: each row of data becomes a line, and rows that no standard knows are kept as Android exports them. */
import { contentLine, escapeText } from '../../formats/content-line-writer.ts'
import {
  type Card,
  type CardDate,
  type CardPicture,
  type Labelled,
  writeCard,
} from '../../formats/vcard-writer.ts'
import {
  ADDRESS_KINDS,
  BIRTHDAY,
  DATE_KINDS,
  type Kind,
  kindOf,
  MAIL_KINDS,
  MESSAGE_KINDS,
  MESSAGE_SERVICES,
  NAMED_SERVICE,
  PHONE_KINDS,
  RELATION_KINDS,
  WEBSITE_KINDS,
} from './contact-kinds.ts'
import type { DataRow, RawContact } from './contact-rows.ts'

const ITEM = 'vnd.android.cursor.item/'
export const MIME = {
  name: `${ITEM}name`,
  phone: `${ITEM}phone_v2`,
  mail: `${ITEM}email_v2`,
  address: `${ITEM}postal-address_v2`,
  organisation: `${ITEM}organization`,
  message: `${ITEM}im`,
  sip: `${ITEM}sip_address`,
  website: `${ITEM}website`,
  note: `${ITEM}note`,
  nickname: `${ITEM}nickname`,
  relation: `${ITEM}relation`,
  date: `${ITEM}contact_event`,
  group: `${ITEM}group_membership`,
  picture: `${ITEM}photo`,
} as const

/** The contact's bytes. @param groups titles by the group's row. */
export function writeRawContact(
  contact: RawContact,
  groups: ReadonlyMap<string, string>,
  picture?: CardPicture,
): Buffer {
  const card = cardOf(contact, groups)
  return writeCard(picture ? { ...card, picture } : card)
}

function cardOf({ uid, starred, rows: all }: RawContact, groups: ReadonlyMap<string, string>): Card {
  // Apps leave rows behind in which nothing is.
  const rows = all.filter(({ data }) => data.some((text) => text))
  const of = (mimetype: string) => rows.filter((row) => row.mimetype === mimetype)
  const texts = (mimetype: string) => of(mimetype).flatMap((row) => at(row, 1) || [])
  const [name] = of(MIME.name)
  const organisation = of(MIME.organisation).find((row) => at(row, 1) || at(row, 4) || at(row, 5))
  const dates = of(MIME.date)
  const birthday = dates.find((row) => at(row, 2) === String(BIRTHDAY) && at(row, 1) !== '')
  const note = of(MIME.note).find((row) => at(row, 1) !== '')
  const others = [...of(MIME.organisation), ...of(MIME.note)].filter(
    (row) => row !== organisation && row !== note,
  )
  const card: Card = {
    uid,
    phones: of(MIME.phone).map((row) => ({ ...labelled(row, PHONE_KINDS), value: at(row, 1) })),
    mails: of(MIME.mail).map((row) => ({ ...labelled(row, MAIL_KINDS), value: at(row, 1) })),
    addresses: of(MIME.address).map((row) => ({ ...labelled(row, ADDRESS_KINDS), value: addressOf(row) })),
    websites: of(MIME.website).map((row) => ({ ...labelled(row, WEBSITE_KINDS), value: at(row, 1) })),
    messages: [
      ...of(MIME.message).map((row) => ({
        ...labelled(row, MESSAGE_KINDS),
        value: at(row, 1),
        service: serviceOf(row),
      })),
      ...of(MIME.sip).map((row) => ({ ...labelled(row, MESSAGE_KINDS), value: at(row, 1), service: 'SIP' })),
    ],
    dates: dates
      .filter((row) => row !== birthday)
      .map((row) => ({ ...labelled(row, DATE_KINDS), value: dateOf(at(row, 1)) })),
    relations: of(MIME.relation).map((row) => ({ ...labelled(row, RELATION_KINDS), value: at(row, 1) })),
    nicknames: texts(MIME.nickname),
    categories: texts(MIME.group).flatMap((id) => groups.get(id) ?? []),
    further: [
      ...(starred ? ['X-ANDROID-STARRED:1'] : []),
      ...others.map(customLine),
      ...rows.filter(({ mimetype }) => !KNOWN.has(mimetype)).map(customLine),
    ],
  }
  if (name) {
    card.formattedName = at(name, 1)
    card.name = {
      given: at(name, 2),
      family: at(name, 3),
      prefix: at(name, 4),
      middle: at(name, 5),
      suffix: at(name, 6),
    }
    card.phonetic = { given: at(name, 7), middle: at(name, 8), family: at(name, 9) }
  }
  if (organisation) {
    card.organisation = at(organisation, 5)
      ? [at(organisation, 1), at(organisation, 5)]
      : [at(organisation, 1)]
    card.title = at(organisation, 4)
  }
  if (birthday) card.birthday = dateOf(at(birthday, 1))
  if (note) card.note = at(note, 1)
  return card
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(MIME))

/** The text of `data<n>`. */
function at(row: DataRow, n: number): string {
  return row.data[n - 1] ?? ''
}

function labelled(row: DataRow, kinds: Readonly<Record<number, Kind>>): Omit<Labelled<never>, 'value'> {
  return { ...kindOf(kinds, at(row, 2), at(row, 3)), preferred: row.isPrimary }
}

function addressOf(row: DataRow) {
  const parts = {
    street: at(row, 4),
    box: at(row, 5),
    extended: at(row, 6),
    city: at(row, 7),
    region: at(row, 8),
    postcode: at(row, 9),
    country: at(row, 10),
  }
  // Some apps fill in the whole address only.
  return Object.values(parts).some((part) => part !== '') ? parts : { street: at(row, 1) }
}

function serviceOf(row: DataRow): string {
  const protocol = Number(at(row, 5) || NAMED_SERVICE)
  return MESSAGE_SERVICES[protocol] ?? (at(row, 6) || 'IM')
}

function dateOf(text: string): CardDate {
  const [whole, year, month, day] = /^(?:(\d{4})|-)-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (whole === undefined) return text
  return { year: year ? Number(year) : null, month: Number(month), day: Number(day) }
}

/** As Android's own export writes rows of a mimetype that vCard has no line for. */
function customLine({ mimetype, data }: DataRow): string {
  const last = data.findLastIndex((text) => text)
  const parts = [mimetype, ...data.slice(0, last + 1).map((text) => text ?? '')]
  return contentLine('X-ANDROID-CUSTOM', parts.map(escapeText).join(';'))
}
