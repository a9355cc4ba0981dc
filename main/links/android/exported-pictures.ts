/**
 * Contacts' pictures, which Android hands out to nobody but its own apps: from the file to which the phone's Contacts app exported all
 * contacts. A picture is taken only where it is plain whose it is, and nothing but the picture.
 */
import type { Readable } from 'node:stream'
import type { CardPicture } from '../../formats/vcard-writer.ts'
import { decodedValue } from '../../replica/index/content-line.ts'
import { readCardLines, readContact } from '../../replica/index/vcard.ts'
import { isSameContact, nameKey } from './contact-match.ts'
import type { Device } from './device.ts'
import { IMPORT_NAME } from './import-contacts.ts'

export interface ExportedPictures {
  /** Of a contact by its card, if exactly one picture can be its own. */
  pictureOf(card: Uint8Array): CardPicture | undefined
  /** For how many contacts several pictures fitted. */
  severalFit(): number
}

export const NO_PICTURES: ExportedPictures = { pictureOf: () => undefined, severalFit: () => 0 }

/** What a person has to do, as the Contacts apps of most phones call it. */
export const HOW_TO_EXPORT =
  'To keep them, open the phone’s Contacts app, choose Export to .vcf file (under Fix & manage, or Manage contacts), save all contacts in Download, and capture again.'

const FOLDER = '/sdcard/Download'
/** The newest are looked at; people export again and again. */
const MOST_FILES = 3
const LARGEST_FILE = 256 * 1024 ** 2
const LARGEST_CARD = 32 * 1024 ** 2

interface Exported {
  facts: ReturnType<typeof readContact>
  picture: CardPicture
}

/** @throws when the phone is gone. */
export async function findExportedPictures(device: Pick<Device, 'list' | 'open'>): Promise<ExportedPictures> {
  const files = (await device.list(FOLDER))
    .filter(
      ({ name, kind, size }) =>
        kind === 'file' && /\.vcf$/i.test(name) && name !== IMPORT_NAME && size <= LARGEST_FILE,
    )
    .sort((a, b) => b.modifiedAt - a.modifiedAt)
    .slice(0, MOST_FILES)
  const exports: Map<string, Exported[]>[] = []
  for (const { name, size } of files) {
    const cards: Exported[] = []
    for await (const card of cardsOf(device.open(`${FOLDER}/${name}`, size))) {
      const picture = pictureIn(card)
      if (picture) cards.push({ facts: readContact(card), picture })
    }
    exports.push(Map.groupBy(cards, ({ facts }) => nameKey(facts.name)))
  }
  let several = 0
  return {
    severalFit: () => several,
    pictureOf(card) {
      const wanted = readContact(card)
      for (const byName of exports) {
        const fitting = (byName.get(nameKey(wanted.name)) ?? []).filter(({ facts }) =>
          isSameContact(wanted, facts),
        )
        const [first, ...others] = fitting
        if (!first) continue
        if (others.every(({ picture }) => Buffer.compare(picture.bytes, first.picture.bytes) === 0))
          return first.picture
        several++
        return undefined
      }
      return undefined
    },
  }
}

/** At the beginning of a line: elsewhere it is text. */
const END = '\nEND:VCARD'

/** Cards as they come. One that is too large to be a contact ends the reading. */
async function* cardsOf(file: Readable): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0)
  let searched = 0
  for await (const chunk of file) {
    held = Buffer.concat([held, chunk as Buffer])
    for (;;) {
      const end = held.indexOf(END, searched)
      if (end === -1) break
      yield held.subarray(0, end + END.length)
      held = held.subarray(end + END.length)
      searched = 0
    }
    searched = Math.max(0, held.length - END.length)
    if (held.length > LARGEST_CARD) return
  }
}

const KINDS = [
  { type: 'JPEG', magic: Buffer.from([0xff, 0xd8, 0xff]) },
  { type: 'PNG', magic: Buffer.from([0x89, 0x50, 0x4e, 0x47]) },
] as const

function pictureIn(card: Buffer): CardPicture | undefined {
  for (const line of readCardLines(card)) {
    if (line.name !== 'PHOTO') continue
    const bytes = Buffer.from(decodedValue(line).replace(/\s/g, ''), 'base64')
    const kind = KINDS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic))
    if (kind) return { type: kind.type, bytes }
  }
  return undefined
}
