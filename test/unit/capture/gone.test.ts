/** What is gone from a source: lists that vanish, deletions that wait, phones that were reset. Nothing goes here without a word. */
import { expect, test } from 'vitest'
import type { Engine } from '../../../main/engine.ts'
import { fakeLink } from './fake-link.ts'
import { capture, fill, itemsOf, start } from './fixture.ts'

const source = async (engine: Engine) => (await engine.call('links.list', {}))[0]!
const word = { source: 'Pixel 8' }

function list(size: number): Map<string, string> {
  return new Map(Array.from({ length: size }, (_, n) => [`list-${n}`, `Name ${n}`]))
}

test('a list that vanished as a whole is told, and all in it is kept until its owner’s word', async () => {
  const link = fakeLink()
  fill(link, 100)
  link.lists.set('Club', list(1))
  const { engine } = await start(link)
  await capture(engine)
  await engine.call('backup.run', {})
  link.lists.clear()
  for (let times = 0; times < 2; times++) {
    expect(await capture(engine)).toMatchObject({
      ...{ contacts: { gone: 0 }, heldBack: { contacts: 1 }, vanished: ['Club'] },
    })
  }
  expect(await source(engine)).toMatchObject({
    heldBack: { contacts: 1, since: expect.any(Number) },
    vanished: [{ kind: 'contacts', name: 'Club', items: 1, since: expect.any(Number) }],
    lastRun: { detail: { heldBack: { contacts: 1 } } },
  })
  expect(await engine.call('snapshots.list', {})).toMatchObject([{ pinned: true }])
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 101]])

  link.lists.set('Club', list(1))
  expect(await capture(engine)).toMatchObject({ contacts: { added: 0 }, heldBack: { contacts: 0 } })
  expect(await source(engine)).toMatchObject({ heldBack: { contacts: 0 }, vanished: [] })
})

test('deletions are accepted without the source, and what went with a list can be sent back', async () => {
  const link = fakeLink()
  fill(link, 10)
  link.lists.set('Club', list(2))
  const { engine } = await start(link)
  await capture(engine)
  const { snapshot } = await engine.call('backup.run', {})
  link.lists.clear()
  for (let n = 0; n < 5; n++) link.contacts.delete(`uid-${n}`)
  expect(await capture(engine)).toMatchObject({ heldBack: { contacts: 7 } })
  link.isHere = false
  expect(await engine.call('links.accept', word)).toMatchObject({
    ...{ source: 'android:serial-1', phone: 'Pixel 8' },
    ...{ contacts: 7, calendar: 0 },
  })
  expect(await source(engine)).toMatchObject({ heldBack: { contacts: 0, since: null }, vanished: [] })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 5]])
  expect(await engine.call('links.accept', word)).toMatchObject({ contacts: 0 })

  link.isHere = true
  await engine.call('links.send', { ...word, at: snapshot, dryRun: false })
  const ids = link.sent[0]!.items.map(({ collection }) => collection.id)
  expect(ids.sort()).toEqual([...Array(2).fill('Club'), ...Array(10).fill('Google')])
  link.lists.set('Club', list(2))
  expect(await capture(engine)).toMatchObject({ contacts: { added: 2 }, heldBack: { contacts: 0 } })
})

test('what a source cannot list is not gone', async () => {
  const link = fakeLink()
  fill(link, 5)
  link.lists.set('Club', list(3))
  const { engine } = await start(link)
  await capture(engine)
  link.capture = async () => null
  expect(await capture(engine)).toMatchObject({ contacts: { gone: 0 }, heldBack: { contacts: 0 } })
  expect(await source(engine)).toMatchObject({ vanished: [] })
})

test('two lists under one id take nothing from each other', async () => {
  const link = fakeLink()
  fill(link, 5)
  const { engine } = await start(link)
  const read = link.capture
  link.capture = async (from, request, sink, watch) => {
    await read(from, request, sink, watch)
    const all = new Map(link.contacts)
    link.contacts = new Map([['other', 'Other']])
    await read(from, request, sink, watch)
    link.contacts = all
    return null
  }
  expect(await capture(engine)).toMatchObject({ contacts: { added: 6, gone: 0 } })
  link.contacts.delete('uid-0')
  expect(await capture(engine)).toMatchObject({ contacts: { added: 0, gone: 1, unchanged: 5 } })
})

test('what waits goes on waiting when most of the rest came back', async () => {
  const link = fakeLink()
  fill(link, 20)
  link.source.installation = 'the same'
  const { engine } = await start(link)
  await capture(engine)
  link.contacts.clear()
  await capture(engine)
  fill(link, 19)
  expect(await capture(engine)).toMatchObject({ contacts: { gone: 0 }, heldBack: { contacts: 1 } })
  link.contacts.delete('uid-0')
  expect(await capture(engine)).toMatchObject({ contacts: { gone: 1 }, heldBack: { contacts: 1 } })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 19]])
})

test('the owner’s word for one kind is none for the other', async () => {
  const link = fakeLink()
  fill(link, 20)
  const { engine } = await start(link)
  await capture(engine)
  link.contacts.clear()
  await capture(engine)
  expect(await capture(engine, { kinds: ['photos'], accept: true })).toMatchObject({ contacts: { gone: 0 } })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 20]])
  expect(await source(engine)).toMatchObject({ resetAt: expect.any(Number) })
})

test('a reset phone is told as such, loses nothing here, and is as it was once its data was sent back', async () => {
  const link = fakeLink()
  fill(link, 40, 2)
  link.source.installation = 'before'
  const { engine } = await start(link)
  await capture(engine)
  expect(await source(engine)).toMatchObject({ resetAt: null })
  link.source.installation = 'after'
  expect(await source(engine)).toMatchObject({ resetAt: expect.any(Number) })
  // Its account has brought nearly all of them again.
  link.contacts.delete('uid-0')
  link.files.clear()
  expect(await capture(engine)).toMatchObject({
    contacts: { gone: 0, unchanged: 39 },
    heldBack: { contacts: 1 },
  })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 42]])

  link.sending = () => ({ failed: [{ name: 'uid-0', reason: 'No room.' }] })
  await engine.call('links.send', { ...word, dryRun: false })
  expect(await source(engine)).toMatchObject({ resetAt: expect.any(Number) })
  link.sending = () => ({})
  await engine.call('links.send', { ...word, dryRun: true })
  expect(await source(engine)).toMatchObject({ resetAt: expect.any(Number) })
  await engine.call('links.send', { ...word, dryRun: false })
  expect(await source(engine)).toMatchObject({ resetAt: null, heldBack: { contacts: 1 } })
  fill(link, 40)
  expect(await capture(engine)).toMatchObject({
    contacts: { unchanged: 40, gone: 0 },
    heldBack: { contacts: 0 },
  })
})

test('a picture at a path that another had before the reset is kept beside that one', async () => {
  const link = fakeLink()
  link.source.installation = 'before'
  const picture = { bytes: 'of old', modifiedAt: 1_600_000_000_000 }
  link.files.set('Pictures/1.png', picture)
  const { engine } = await start(link)
  await capture(engine)
  link.source.installation = 'after'
  await source(engine)
  link.files.set('Pictures/1.png', { bytes: 'another', modifiedAt: 1_700_000_000_000 })
  expect(await capture(engine)).toMatchObject({ files: { added: 1, changed: 0 } })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 2]])
})

test('a reset that its owner wanted is accepted', async () => {
  const link = fakeLink()
  fill(link, 3)
  link.source.installation = 'before'
  const { engine } = await start(link)
  await capture(engine)
  link.source.installation = 'after'
  link.contacts.clear()
  await capture(engine)
  expect(await engine.call('links.accept', word)).toMatchObject({ contacts: 3 })
  expect(await source(engine)).toMatchObject({ resetAt: null })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 0]])
})

test('a source that does not tell of a reset is known to be emptied, until all is there again', async () => {
  const link = fakeLink('iphone')
  fill(link, 5)
  const { engine } = await start(link)
  await capture(engine)
  const all = link.contacts
  link.contacts = new Map([['uid-0', 'Name 0']])
  expect(await capture(engine)).toMatchObject({ heldBack: { contacts: 4 }, writable: true })
  expect(await source(engine)).toMatchObject({ resetAt: null })
  link.contacts = new Map()
  await capture(engine)
  expect(await source(engine)).toMatchObject({ resetAt: expect.any(Number) })
  link.contacts = all
  await capture(engine)
  expect(await source(engine)).toMatchObject({ resetAt: null, heldBack: { contacts: 0 } })
})
