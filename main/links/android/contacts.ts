/** Captures a phone's contacts: each account on it is an address book of its own. */
import type { CapturedItem } from '../../replica/capture.ts'
import type { CaptureSink } from '../link.ts'
import { MIME, writeRawContact } from './contact-card.ts'
import { bookOf, PHONE_ONLY, type RawContact, readContacts } from './contact-rows.ts'
import type { ContentTool } from './content-tool.ts'
import { type ExportedPictures, HOW_TO_EXPORT, NO_PICTURES } from './exported-pictures.ts'

/**
 * Hands every account's contacts to the sink, each with what was written back of it. One without contacts is not listed: it may be signed
 * out only. @param findPictures in what the phone's own app exported; called when there are pictures that cannot be read.
 * @throws Problem when contacts cannot be read.
 */
export async function captureContacts(
  tool: ContentTool,
  phoneIdentity: string,
  sink: CaptureSink,
  findPictures: () => Promise<ExportedPictures>,
): Promise<void> {
  const { contacts, groups } = await readContacts(tool, phoneIdentity)
  const pictured = contacts.filter(hasPicture)
  const pictures = pictured.length > 0 ? await findPictures() : NO_PICTURES
  const books = Map.groupBy(contacts, ({ book }) => book)
  sink.listed('contacts', [...books.keys()])
  let missing = 0

  async function* cards(book: readonly RawContact[]): AsyncGenerator<CapturedItem> {
    for (const contact of book) {
      const bytes = writeRawContact(contact, groups)
      const picture = hasPicture(contact) ? pictures.pictureOf(bytes) : undefined
      if (picture) {
        yield { bytes: writeRawContact(contact, groups, picture), identity: contact.uid }
      } else if (hasPicture(contact)) {
        missing++
        yield { bytes, identity: contact.uid, unread: 'PHOTO' }
      } else yield { bytes, identity: contact.uid }
    }
  }

  for (const [id, book] of books) {
    const own = book.filter(isAtHome)
    await sink.collection({
      ...{ kind: 'contacts', id, displayName: nameOf(id) },
      items: cards([...own, ...withoutCopies(book, own)]),
      // What was written back of an account that is not on the phone may be a part of it only.
      complete: own.length > 0,
    })
  }
  if (missing > 0) {
    const several = pictures.severalFit()
    sink.missed(
      `Pictures of ${missing} contacts`,
      `Android hands out no contact pictures over USB debugging. ${HOW_TO_EXPORT}${several > 0 ? ` For ${several} of them, several contacts in the exported file fit.` : ''} Those that came before are kept.`,
    )
  }
}

function hasPicture({ rows }: RawContact): boolean {
  return rows.some(({ mimetype }) => mimetype === MIME.picture)
}

function isAtHome({ account, book }: RawContact): boolean {
  return bookOf(account) === book
}

/** What was written back and came again by its account as well. */
function withoutCopies(book: readonly RawContact[], own: readonly RawContact[]): RawContact[] {
  const there = new Set(own.map(({ uid }) => uid))
  return book.filter((contact) => !isAtHome(contact) && !there.has(contact.uid))
}

function nameOf(book: string): string {
  return book === PHONE_ONLY ? 'Phone' : book.slice(book.indexOf('/') + 1) || 'Phone'
}
