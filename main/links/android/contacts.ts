/** Captures a phone's contacts: each account on it is an address book of its own. */
import type { CapturedItem } from '../../replica/capture.ts'
import type { CaptureSink } from '../link.ts'
import { MIME, writeRawContact } from './contact-card.ts'
import { type Account, type Contacts, type RawContact, readContacts } from './contact-rows.ts'
import type { ContentTool } from './content-tool.ts'

/** The id of the book of contacts that lie on the phone alone. */
const PHONE_ONLY = 'phone'

/**
 * Hands every account's contacts to the sink. One without contacts is not listed: it may be signed out only.
 * @throws Problem when contacts cannot be read.
 */
export async function captureContacts(
  tool: ContentTool,
  phoneIdentity: string,
  sink: CaptureSink,
): Promise<void> {
  const all = await readContacts(tool, phoneIdentity)
  const accounts = byAccount(all)
  sink.listed('contacts', [...accounts.keys()])
  for (const [id, contacts] of accounts) {
    await sink.collection({
      kind: 'contacts',
      id,
      displayName: contacts[0]!.account?.name || 'Phone',
      items: cards(contacts, all.groups),
      complete: true,
    })
  }
  const pictures = all.contacts.flatMap(({ rows }) =>
    rows.filter(({ mimetype }) => mimetype === MIME.picture),
  )
  if (pictures.length > 0) {
    sink.missed(
      `Pictures of ${pictures.length} contacts`,
      'Android hands out no contact pictures over USB debugging. To keep them, export all contacts to a .vcf file in the phone’s Contacts app and send that file.',
    )
  }
}

export function accountId(account: Account | null): string {
  return account ? `${account.type}/${account.name}` : PHONE_ONLY
}

function byAccount({ contacts }: Contacts): Map<string, RawContact[]> {
  return Map.groupBy(contacts, ({ account }) => accountId(account))
}

async function* cards(
  contacts: readonly RawContact[],
  groups: ReadonlyMap<string, string>,
): AsyncGenerator<CapturedItem> {
  for (const contact of contacts) yield { bytes: writeRawContact(contact, groups), identity: contact.uid }
}
