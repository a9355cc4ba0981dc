/**
 * Brings contacts back as a file that the phone's own Contacts app imports once its owner taps, pictures and all. The app asks nobody
 * whether it has them, so those that are on the phone already are left out.
 */
import { Readable } from 'node:stream'
import type { ContactFacts } from '../../replica/index/facts.ts'
import { readContact } from '../../replica/index/vcard.ts'
import type { SendReport, SentItem } from '../link.ts'
import { writeRawContact } from './contact-card.ts'
import { readContacts } from './contact-rows.ts'
import type { ContentTool } from './content-tool.ts'
import type { Device } from './device.ts'

const FILE = '/sdcard/Download/sidekeep-contacts.vcf'

/** @param now milliseconds since 1970. @throws Problem when the contacts on the phone cannot be read. */
export async function sendContacts(
  device: Device,
  tool: ContentTool,
  items: readonly SentItem[],
  { dryRun, now }: { dryRun: boolean; now: number },
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  if (items.length === 0) return report
  const isThere = matcherOf(await listContacts(tool))
  const wanted: SentItem[] = []
  for (const item of items) {
    const facts = readContact(item.bytes)
    if (!facts.readable || facts.isGroup) {
      const reason = facts.isGroup
        ? 'A phone takes no groups from a file.'
        : 'It cannot be read as a contact.'
      report.failed.push({ name: item.name, reason })
    } else if (isThere(facts)) report.unchanged++
    else wanted.push(item)
  }
  report.added = wanted.length
  if (dryRun || wanted.length === 0) return report
  await device.write(FILE, Readable.from(wanted.map(wholeLines), { objectMode: false }), now)
  const view = [
    'am',
    'start',
    '-a',
    'android.intent.action.VIEW',
    '-t',
    'text/x-vcard',
    '-d',
    `file://${FILE}`,
  ]
  const { stdout, stderr, exitCode } = await device.shell(view)
  const isOpen = exitCode === 0 && !/^Error/m.test(stdout + stderr)
  report.next = isOpen
    ? `Unlock the phone and let its Contacts app import ${wanted.length} contacts.`
    : `On the phone, open sidekeep-contacts.vcf in the folder Download, and let the Contacts app import ${wanted.length} contacts.`
  return report
}

async function listContacts(tool: ContentTool): Promise<ContactFacts[]> {
  const { contacts, groups } = await readContacts(tool, '')
  return contacts.map((contact) => readContact(writeRawContact(contact, groups)))
}

/** A contact is there when one has its name and at least its numbers and addresses. Import gives new UIDs, so they tell nothing. */
function matcherOf(present: readonly ContactFacts[]): (facts: ContactFacts) => boolean {
  const byName = Map.groupBy(present, ({ name }) => nameKey(name))
  return ({ name, phones, mails }) =>
    (byName.get(nameKey(name)) ?? []).some(
      (other) =>
        isWithin(phones.map(phoneKey), other.phones.map(phoneKey)) &&
        isWithin(mails.map(nameKey), other.mails.map(nameKey)),
    )
}

function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one))
}

function nameKey(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase()
}

// Phones write the same number with blanks and without.
function phoneKey(text: string): string {
  return text.replace(/[\s().\-/]/g, '')
}

function wholeLines({ bytes }: SentItem): Buffer {
  const card = Buffer.from(bytes)
  return card.at(-1) === 0x0a ? card : Buffer.concat([card, Buffer.from('\r\n')])
}
