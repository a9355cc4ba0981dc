/** Pictures of contacts, which only the phone's own app hands out: taken from its export where it is plain whose they are, and kept. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { MIME } from '../../../../main/links/android/contact-card.ts'
import { captureContacts } from '../../../../main/links/android/contacts.ts'
import { createContentTool } from '../../../../main/links/android/content-tool.ts'
import type { Entry } from '../../../../main/links/android/device.ts'
import { findExportedPictures } from '../../../../main/links/android/exported-pictures.ts'
import { openMirror, storeCapture } from '../../../../main/replica/capture.ts'
import { listItems, readBody } from '../../../../main/replica/items.ts'
import { type ContentStandIn, createContentStandIn } from '../../../android/content-stand-in.ts'
import { testReplica } from '../../replica/fixture.ts'
import { createKeeper } from './capture-fixture.ts'

const picture = (n: number) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, n]), Buffer.alloc(300, n)])

/** What an Android phone exports: vCard 2.1, pictures folded behind a blank. */
function exported(name: string, numbers: string[], bytes: Buffer | null): string {
  const photo = bytes
    ? [`PHOTO;ENCODING=BASE64;JPEG:${bytes.toString('base64').replace(/.{70}/g, '$&\r\n ')}`, '']
    : []
  const lines = [`N:;${name};;;`, `FN:${name}`, ...numbers.map((number) => `TEL;CELL:${number}`), ...photo]
  return ['BEGIN:VCARD', 'VERSION:2.1', ...lines, 'END:VCARD', ''].join('\r\n')
}

function addContact(phone: ContentStandIn, name: string, number: string, hasPicture = true): void {
  const raw_contact_id = phone.add('raw_contacts', {})
  phone.add('data', { raw_contact_id, mimetype: MIME.name, data1: name, data2: name })
  phone.add('data', { raw_contact_id, mimetype: MIME.phone, data1: number, data2: 2 })
  if (hasPicture) phone.add('data', { raw_contact_id, mimetype: MIME.picture, data15: Buffer.from('x') })
}

/** @param files of the folder Download by name, the newest first. */
function downloads(files: Record<string, string>) {
  const names = Object.keys(files)
  return {
    async list(): Promise<Entry[]> {
      return names.map((name, n) => ({ name, kind: 'file', size: files[name]!.length, modifiedAt: 1000 - n }))
    },
    open: (path: string) =>
      Readable.from(
        Buffer.from(files[path.replace('/sdcard/Download/', '')]!)
          .toString('latin1')
          .match(/.{1,50}/gs)!
          .map((part) => Buffer.from(part, 'latin1')),
      ),
  }
}

async function capture(phone: ContentStandIn, files: Record<string, string>) {
  const kept = createKeeper()
  const find = () => findExportedPictures(downloads(files))
  await captureContacts(createContentTool(phone.shell), 'phone-1', kept.sink, find)
  const cards = [...(kept.collections[0]?.items.values() ?? [])]
  return { missed: kept.missed, cards, items: kept.collections[0]!.items }
}

const photoOf = (card: string) =>
  /PHOTO[^:]*:([A-Za-z0-9+/=\s]+?)\r\n(?! )/.exec(card)?.[1]?.replace(/\s/g, '')
const without = (card: string) => card.replace(/PHOTO.*?\r\n(?! )/s, '')

test('pictures are merged by name and numbers, and nothing else is', async () => {
  const phone = createContentStandIn()
  addContact(phone, 'Ann', '+46 70-1')
  addContact(phone, 'Bo', '2')
  addContact(phone, 'Cy', '3', false)
  const bare = await capture(phone, {})
  expect(bare.missed).toEqual([
    { what: 'Pictures of 2 contacts', reason: expect.stringContaining('choose Export to .vcf file') },
  ])
  const file =
    exported('Ann', ['+46701', '999'], picture(1)) +
    exported('Bo', ['8'], picture(2)) +
    exported('Cy', ['3'], picture(3))
  const { cards, missed } = await capture(phone, {
    'contacts.vcf': file,
    'sidekeep-contacts.vcf': exported('Bo', ['2'], picture(4)),
  })
  expect(cards.map(photoOf)).toEqual([picture(1).toString('base64'), undefined, undefined])
  expect(cards.map(without)).toEqual(bare.cards)
  expect(missed).toMatchObject([{ what: 'Pictures of 1 contacts' }])
})

test('where several fit, none is taken, and it is counted; the newest file goes first', async () => {
  const phone = createContentStandIn()
  addContact(phone, 'Ann', '1')
  addContact(phone, 'Bo', '2')
  const two = exported('Ann', ['1'], picture(1)) + exported('ANN', ['1', '2'], picture(2))
  const first = await capture(phone, { 'a.vcf': two })
  expect(first.cards.map(photoOf)).toEqual([undefined, undefined])
  expect(first.missed[0]!.reason).toContain('For 1 of them, several contacts in the exported file fit.')
  const newer = exported('Ann', ['1'], picture(3)) + exported('Ann', ['1'], picture(3))
  const { cards } = await capture(phone, {
    'a (1).vcf': newer,
    'a.vcf': exported('Bo', ['2'], picture(4)) + two,
  })
  expect(cards.map(photoOf)).toEqual([3, 4].map((n) => picture(n).toString('base64')))
})

test('a file that is no export does no harm', async () => {
  const phone = createContentStandIn()
  addContact(phone, 'Ann', '1')
  const odd = `${'x'.repeat(5000)}\r\nEND:VCARD\r\n${exported('Ann', ['1'], Buffer.from('no picture'))}BEGIN:VCARD`
  expect((await capture(phone, { 'odd.vcf': odd })).cards.map(photoOf)).toEqual([undefined])
})

test('a picture that came once stays when the export is gone, until the contact has none', async () => {
  const phone = createContentStandIn()
  addContact(phone, 'Ann', '1')
  const { replica, phone: owner } = await testReplica()
  const mirror = await openMirror(replica, owner.id, 'contacts', 'm', 'Phone')
  const file = exported('Ann', ['1'], picture(1))

  async function store(files: Record<string, string>) {
    let outcome: unknown
    const { sink } = createKeeper()
    sink.collection = async ({ items, complete }) => {
      const captured = await storeCapture(replica, mirror, items, { cause: 'link:android', complete })
      outcome = captured
      return captured
    }
    const find = () => findExportedPictures(downloads(files))
    await captureContacts(createContentTool(phone.shell), 'phone-1', sink, find)
    const [item] = listItems(replica, mirror.id)
    return { outcome, card: readBody(replica, item!.seq)!.toString() }
  }

  expect(photoOf((await store({ 'a.vcf': file })).card)).toBe(picture(1).toString('base64'))
  expect((await store({})).outcome).toMatchObject({ added: 0, changed: 0, unchanged: 1 })
  phone.database.exec(`UPDATE data SET data1='2' WHERE mimetype='${MIME.phone}'`)
  const edited = await store({})
  expect(edited.outcome).toMatchObject({ changed: 1 })
  expect(photoOf(edited.card)).toBe(picture(1).toString('base64'))
  phone.database.exec(`DELETE FROM data WHERE mimetype='${MIME.picture}'`)
  expect(photoOf((await store({})).card)).toBeUndefined()
})
