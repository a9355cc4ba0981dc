/**
 * Brings contacts back: as rows where that is exact and takes no tap, and by the import of the phone's own Contacts app for pictures, for
 * very many, and where the phone wants new contacts in its owner's account. What is on the phone already is left out.
 */
import { hash } from 'node:crypto'
import type { Watch } from '../../progress.ts'
import { readContact } from '../../replica/index/vcard.ts'
import type { SendReport, SentItem } from '../link.ts'
import { planContact } from './card-rows.ts'
import { writeRawContact } from './contact-card.ts'
import { isSameContact, nameKey } from './contact-match.ts'
import { type Contacts, readContacts } from './contact-rows.ts'
import { LocalAccountRefused } from './content-writer.ts'
import type { Device } from './device.ts'
import { offerImport } from './import-contacts.ts'
import { insertContacts, isLacking, stepsFor, type WantedContact } from './insert-contacts.ts'
import { contactMark } from './own-marks.ts'
import type { Providers } from './providers.ts'

interface Wanted extends WantedContact {
  item: SentItem
}

/** Rows that go by themselves: more would take longer than their owner takes to tap, as each starts a virtual machine. */
const MOST_STEPS = 1000

/** @param now milliseconds since 1970. @throws Problem when the contacts on the phone can be neither read nor written. */
export async function sendContacts(
  device: Pick<Device, 'shell' | 'write'>,
  phone: Providers,
  items: readonly SentItem[],
  { dryRun, now }: { dryRun: boolean; now: number },
  watch: Watch,
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  if (items.length === 0) return report
  const there = await readContacts(phone.tool, phone.identity)
  const wanted = plan(items, there, report)
  const begun = wanted.filter(({ present }) => present)
  const created = wanted.filter(({ present }) => !present)
  if (dryRun) return { ...report, added: created.length, changed: begun.length }
  if (await insert(phone, there, begun, report, watch)) {
    for (const { item } of begun) report.failed.push({ name: item.name, reason: NO_LOCAL_GROUPS })
  }
  const pictured = created.filter(({ contact }) => contact.hasPicture)
  const plain = created.filter(({ contact }) => !contact.hasPicture)
  const imports = new Map<string, Wanted[]>([[WHY.pictures, pictured]])
  if (plain.reduce((sum, { contact }) => sum + stepsFor(contact), 0) > MOST_STEPS)
    imports.set(WHY.many, plain)
  else if (await insert(phone, there, plain, report, watch)) imports.set(WHY.account, plain)
  const imported = [...imports.values()].flat()
  if (imported.length === 0) return report
  const cards = imported.map(({ item: { bytes }, origin }) => ({ bytes, origin }))
  const asked = await offerImport(device, cards, { user: phone.user, now })
  const why = [...imports].flatMap(([sentence, some]) => (some.length > 0 ? [sentence] : []))
  report.added += imported.length
  report.next = `${asked}: ${why.join(' ')}`
  const poorer = imported.filter(({ contact }) => contact.starred || contact.groups.length > 0)
  if (poorer.length > 0) report.next += ' Then send again: stars and groups do not come by import.'
  addPartial(
    report,
    poorer.map(({ item: { name } }) => ({
      name,
      reason: 'Its star and its groups come when you send again.',
    })),
  )
  return report
}

const NO_LOCAL_GROUPS = 'This phone takes no groups but in its owner’s account.'

const WHY = {
  pictures: 'only that app can put pictures in.',
  many: 'so many go faster in this way.',
  account: 'this phone wants new contacts in its owner’s account, where only its own apps can put them.',
}

/** @returns true when the phone takes no contacts in this way. */
async function insert(
  phone: Providers,
  there: Contacts,
  wanted: readonly Wanted[],
  report: SendReport,
  watch: Watch,
): Promise<boolean> {
  if (wanted.length === 0) return false
  try {
    const outcomes = await insertContacts(phone, there, wanted, watch)
    for (const [n, outcome] of outcomes.entries()) {
      const { item, contact, present } = wanted[n]!
      const { name } = item
      if (outcome?.isThere === false) report.failed.push({ name, reason: outcome.reason })
      else report[present ? 'changed' : 'added']++
      if (outcome?.isThere) addPartial(report, [{ name, reason: outcome.reason }])
      else if (!(outcome || present) && contact.leftOut.length > 0) {
        const reason = `A phone’s contacts have no place for ${contact.leftOut.join(', ')}.`
        addPartial(report, [{ name, reason }])
      }
    }
    return false
  } catch (error) {
    if (error instanceof LocalAccountRefused) return true
    throw error
  }
}

function addPartial(report: SendReport, more: NonNullable<SendReport['partial']>): void {
  if (more.length > 0) report.partial = [...(report.partial ?? []), ...more]
}

/** Counts what is there already and what cannot go. */
function plan(items: readonly SentItem[], there: Contacts, report: SendReport): Wanted[] {
  const present = there.contacts.map((contact) => ({
    contact,
    facts: readContact(writeRawContact(contact, there.groups)),
  }))
  const byUid = Map.groupBy(present, ({ contact }) => contact.uid)
  const byName = Map.groupBy(present, ({ facts }) => nameKey(facts.name))
  const wanted: Wanted[] = []
  const seen = new Set<string>()
  for (const item of items) {
    const facts = readContact(item.bytes)
    const fail = (reason: string) => report.failed.push({ name: item.name, reason })
    if (!facts.readable || facts.isGroup) {
      fail(facts.isGroup ? 'A phone takes no groups from a file.' : 'It cannot be read as a contact.')
      continue
    }
    const contact = planContact(item.bytes)
    const uid = contact.uid ?? `content-${hash('sha256', item.bytes).slice(0, 32)}`
    const origin = { uid, book: item.collection.id }
    const known = byUid.get(uid)
    const begun = known?.find((one) => one.contact.origin && isLacking(contact, one.contact, there))
    const mark = contactMark(origin)
    if (seen.has(mark)) fail('Another contact has the same identity.')
    else if (begun) wanted.push({ item, contact, origin, present: begun.contact })
    else if (known) {
      if (known.some((one) => isSameContact(facts, one.facts))) report.unchanged++
      else fail('Another version of it is on the phone, and was left as it is.')
    } else if ((byName.get(nameKey(facts.name)) ?? []).some((one) => isSameContact(facts, one.facts))) {
      report.unchanged++
    } else wanted.push({ item, contact, origin, present: null })
    seen.add(mark)
  }
  return wanted
}
