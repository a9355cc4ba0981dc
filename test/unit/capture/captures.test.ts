/** Captures as the engine runs them: bound to phones, resumed, held back, recorded, sent back, and by themselves. */
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { openReplica } from '../../../main/replica/replica.ts'
import { recordStart } from '../../../main/schedule/records.ts'
import { realWorld } from '../../../main/world.ts'
import { seeded } from '../../phone/chance.ts'
import { takePhoto } from '../../phone/make-photo.ts'
import { temporaryFolder } from '../replica/fixture.ts'
import { fakeLink } from './fake-link.ts'
import { capture, fill, itemsOf, none, start, startIn } from './fixture.ts'

test('a first capture makes the phone, and the next brings only what is new', async () => {
  const link = fakeLink()
  fill(link, 3, 2)
  const { engine } = await start(link)
  expect(await engine.call('links.list', {})).toMatchObject([
    { source: 'android:serial-1', phone: null, state: { code: 'ready' } },
  ])
  expect(await capture(engine)).toMatchObject({
    phone: 'Pixel 8',
    contacts: { ...none, added: 3 },
    files: { added: 2, changed: 0, unchanged: 0, bytes: 14 },
    missed: { count: 0, named: [] },
  })
  link.contacts.set('uid-0', 'Ada')
  link.files.set('DCIM/Camera/IMG_9.jpg', { bytes: 'newer', modifiedAt: 1_700_000_000_000 })
  link.opened = []
  expect(await capture(engine)).toMatchObject({
    contacts: { ...none, changed: 1, unchanged: 2 },
    files: { added: 1, unchanged: 2 },
  })
  expect(link.opened).toEqual(['DCIM/Camera/IMG_9.jpg'])
  expect(link.requests.map(({ cursor }) => cursor)).toEqual([undefined, { round: 1 }])
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 6]])
  expect(await engine.call('links.list', {})).toMatchObject([
    { phone: 'Pixel 8', lastRun: { result: 'done', cause: 'manual' } },
  ])
})

test('a phone of that name is not taken without its owner’s word', async () => {
  const link = fakeLink()
  fill(link, 1)
  const { engine } = await start(link)
  await engine.call('phones.add', { name: 'Pixel 8' })
  await expect(capture(engine)).rejects.toMatchObject({ code: 'already-exists' })
  expect((await capture(engine, { phone: 'pixel 8' })).phone).toBe('Pixel 8')
  await engine.call('phones.add', { name: 'Other' })
  await expect(capture(engine, { phone: 'Other' })).rejects.toMatchObject({ code: 'already-exists' })
  expect(await itemsOf(engine)).toEqual([
    ['Other', 0],
    ['Pixel 8', 1],
  ])
})

test('cut off, it keeps what came and goes on there; the record says what it brought', async () => {
  const link = fakeLink()
  fill(link, 0, 5)
  link.beforeFile = (path) => {
    if (path.endsWith('IMG_3.jpg')) throw new Error('cable')
  }
  const { engine } = await start(link)
  await expect(capture(engine)).rejects.toThrow('cable')
  expect((await engine.call('links.list', {}))[0]!.lastRun).toMatchObject({
    result: 'failed',
    detail: { files: { added: 3 } },
  })
  link.beforeFile = () => undefined
  link.opened = []
  expect(await capture(engine)).toMatchObject({ files: { added: 2, unchanged: 3 } })
  expect(link.opened).toHaveLength(2)
})

test('it can be stopped, by its caller and by another', async () => {
  const link = fakeLink()
  fill(link, 0, 3)
  const { engine } = await start(link)
  link.beforeFile = async (path) => {
    if (path.endsWith('IMG_1.jpg')) await engine.call('links.cancel', {})
  }
  await expect(capture(engine)).rejects.toMatchObject({ code: 'cancelled' })
  expect((await engine.call('links.list', {}))[0]!.lastRun).toMatchObject({ result: 'cancelled' })
  const controller = new AbortController()
  link.beforeFile = () => controller.abort()
  const call = engine.call('links.capture', { source: 'Pixel 8' }, { signal: controller.signal })
  await expect(call).rejects.toMatchObject({ code: 'cancelled' })
  link.beforeFile = () => undefined
  expect(await capture(engine)).toMatchObject({ files: { added: 2, unchanged: 1 } })
})

test('what cannot be read is counted and named, and the rest goes on', async () => {
  const link = fakeLink()
  fill(link, 0, 1)
  link.files.set('../secrets', { bytes: 'x', modifiedAt: 0 })
  link.beforeFile = (path) => {
    if (path === 'DCIM/gone.jpg') throw new Problem('not-found', 'It vanished.', '')
  }
  const { engine } = await start(link)
  const { missed, files } = await capture(engine)
  expect(missed).toEqual({
    count: 1,
    named: [{ what: '../secrets', reason: 'No library can have this path.' }],
  })
  expect(files.added).toBe(1)
  expect((await engine.call('links.list', {}))[0]!.lastRun).toMatchObject({
    detail: { missed: { count: 1 } },
  })
})

test('the same bytes are kept once, also when one of their paths gets others', async () => {
  const link = fakeLink()
  link.files.set('DCIM/a.txt', { bytes: 'one', modifiedAt: 1000 })
  link.files.set('Pictures/b.txt', { bytes: 'one', modifiedAt: 2000 })
  const { engine } = await start(link)
  expect(await capture(engine)).toMatchObject({ files: { added: 1, unchanged: 1 } })
  link.files.set('DCIM/a.txt', { bytes: 'two', modifiedAt: 3000 })
  expect(await capture(engine)).toMatchObject({ files: { added: 1, unchanged: 1 } })
  link.files.set('DCIM/a.txt', { bytes: 'three', modifiedAt: 4000 })
  expect(await capture(engine)).toMatchObject({ files: { changed: 1, unchanged: 1 } })
  await engine.call('links.send', { source: 'Pixel 8', dryRun: true })
  const sent = link.sent[0]!.files.map(async ({ path, open }) => [path, String(await buffer(await open()))])
  expect((await Promise.all(sent)).sort()).toEqual([
    ['DCIM/a.txt', 'three'],
    ['Pictures/b.txt', 'one'],
  ])
})

test('another photo of the same name, after a reset say, does not replace the first', async () => {
  const link = fakeLink()
  const chance = seeded(7)
  const now = new Date('2026-11-01')
  const [one, other] = [1, 2].map(() =>
    takePhoto(chance, now, { width: 64, height: 48 }).data.toString('latin1'),
  )
  link.files.set('DCIM/IMG_1.jpg', { bytes: one!, modifiedAt: 1000 })
  const { engine } = await start(link)
  await capture(engine)
  link.files.set('DCIM/IMG_1.jpg', { bytes: other!, modifiedAt: 2000 })
  expect(await capture(engine)).toMatchObject({ files: { added: 1, changed: 0 } })
  link.files.set('DCIM/IMG_1.jpg', { bytes: `${other}edited`, modifiedAt: 3000 })
  expect(await capture(engine)).toMatchObject({ files: { added: 0, changed: 1 } })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 2]])
})

test('a mass deletion waits for the owner, and the backup before it is kept', async () => {
  const link = fakeLink()
  fill(link, 20)
  const { engine } = await start(link)
  await capture(engine)
  await engine.call('backup.run', {})
  for (let n = 0; n < 3; n++) link.contacts.delete(`uid-${n}`)
  expect(await capture(engine)).toMatchObject({
    contacts: { gone: 3, unchanged: 17 },
    heldBack: { contacts: 0 },
  })
  link.contacts.clear()
  expect(await capture(engine)).toMatchObject({
    contacts: { gone: 0 },
    heldBack: { contacts: 17, calendar: 0 },
  })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 17]])
  expect(await engine.call('links.list', {})).toMatchObject([
    { heldBack: { contacts: 17, since: expect.any(Number) } },
  ])
  expect(await engine.call('snapshots.list', {})).toMatchObject([{ pinned: true }])
  // It was an outage: all is there again.
  fill(link, 20)
  expect(await capture(engine)).toMatchObject({
    contacts: { added: 3, unchanged: 17 },
    heldBack: { contacts: 0 },
  })
  expect(await engine.call('links.list', {})).toMatchObject([{ heldBack: { contacts: 0, since: null } }])
  link.contacts.clear()
  await capture(engine)
  expect(await capture(engine, { accept: true })).toMatchObject({
    contacts: { gone: 20 },
    heldBack: { contacts: 0 },
  })
  expect(link.requests.at(-1)).toMatchObject({ accept: true })
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 0]])
})

test('what the computer holds is sent back under the names the source knows', async () => {
  const link = fakeLink()
  fill(link, 2, 1)
  link.files.set('Pictures/copy.jpg', { bytes: 'photo 0', modifiedAt: 1_600_000_000_000 })
  const { engine } = await start(link)
  await capture(engine)
  const { snapshot } = await engine.call('backup.run', {})
  link.contacts.set('uid-0', 'Changed')
  await capture(engine)
  const request = { source: 'Pixel 8', dryRun: true }
  expect(await engine.call('links.send', request)).toMatchObject({
    dryRun: true,
    items: 2,
    files: 2,
    added: 4,
  })
  await engine.call('links.send', { ...request, at: snapshot, dryRun: false })
  const texts = link.sent.map(({ items }) => items.map(({ bytes }) => Buffer.from(bytes).toString()).join(''))
  expect(texts.map((text) => text.includes('Changed'))).toEqual([true, false])
  for (const { items, files } of link.sent) {
    expect(items.map(({ kind, collection }) => [kind, collection])).toEqual(
      Array(2).fill(['contacts', { id: 'Google', displayName: 'Google' }]),
    )
    expect(files.map(({ path }) => path)).toEqual(['DCIM/Camera/IMG_0.jpg', 'Pictures/copy.jpg'])
  }
  const refused = engine.call('links.send', { ...request, kinds: ['calendar'] })
  await expect(refused).rejects.toMatchObject({ code: 'not-allowed', next: 'Has none.' })
})

test('a password is kept only when it was right, and forgotten with its source', async () => {
  const link = fakeLink('iphone')
  fill(link, 1)
  link.password = 'right'
  const { engine, secrets } = await start(link)
  const wrong = capture(engine, { secrets: { password: 'wrong' }, keepSecrets: true })
  await expect(wrong).rejects.toMatchObject({ code: 'wrong-password' })
  expect([...secrets.values()]).toEqual([])
  expect(await engine.call('phones.list', {})).toEqual([])
  await capture(engine, { secrets: { password: 'right' }, keepSecrets: true })
  expect([...secrets.values()]).toEqual(['right'])
  await capture(engine)
  expect(await engine.call('links.forget', { source: 'Pixel 8' })).toMatchObject({ phone: 'Pixel 8' })
  expect([...secrets.values()]).toEqual([])
  expect(await itemsOf(engine)).toEqual([['Pixel 8', 1]])
  await expect(capture(engine, { phone: 'Pixel 8' })).rejects.toMatchObject({ code: 'wrong-password' })
  // Captured again, nothing comes twice.
  const again = await capture(engine, { phone: 'Pixel 8', secrets: { password: 'right' } })
  expect(again).toMatchObject({ contacts: { ...none, unchanged: 1 } })
})

test('a source that belongs to a phone is captured when it appears, and before each backup', async () => {
  const link = fakeLink()
  const stranger = fakeLink('cloud', 'account', 'Someone’s account')
  fill(link, 1)
  const { engine, look } = await start(link, stranger)
  await capture(engine)
  link.isHere = false
  await engine.startSchedule()
  await expect.poll(async () => (await engine.call('links.list', {}))[1]!.state.code).toBe('absent')
  look(30_000)
  expect(link.requests).toHaveLength(1)
  link.isHere = true
  // The look before may still be on.
  await expect
    .poll(() => {
      look(30_000)
      return link.requests.length
    })
    .toBe(2)
  await expect.poll(async () => (await engine.call('links.list', {}))[0]!.lastRun?.result).toBe('done')
  expect((await engine.call('links.list', {}))[0]).toMatchObject({ lastRun: { cause: 'appeared' } })
  look(30_000)
  link.contacts.set('late', 'Late')
  expect(await engine.call('backup.run', {})).toMatchObject({ added: 2 })
  expect(link.requests.map(({ asked }) => asked)).toEqual([true, false, false])
  expect(await engine.call('links.runs', { source: 'Pixel 8' })).toMatchObject([
    { cause: 'manual', detail: { contacts: { added: 1 } } },
    { cause: 'appeared' },
    { cause: 'manual' },
  ])
  expect(stranger.requests).toEqual([])
})

test('one that is on is shown with its progress, and what a crash cut off is known as interrupted', async () => {
  const link = fakeLink()
  fill(link, 1, 1)
  const folder = await temporaryFolder()
  const { engine } = await startIn(folder, link)
  let shown: unknown
  link.beforeFile = async () => {
    shown = (await engine.call('links.list', {}))[0]
  }
  await capture(engine)
  expect(shown).toMatchObject({ running: { progress: { items: 1 } }, lastRun: { result: null } })
  await engine.close()
  const replica = openReplica(folder, realWorld)
  const run = { job: 'capture:android:serial-1', cause: 'manual', dueAt: null, startedAt: 5 } as const
  await replica.write((tx) => recordStart(tx, { ...run, endedAt: null, result: null, detail: {} }))
  await replica.close()
  const again = await startIn(folder, link)
  expect((await again.engine.call('links.list', {}))[0]).toMatchObject({ lastRun: { result: 'interrupted' } })
})
