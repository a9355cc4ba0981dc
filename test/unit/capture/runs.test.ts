/** Captures and sends leave a record each, are seen while they are on, and can be stopped. */
import { expect, test } from 'vitest'
import { openReplica } from '../../../main/replica/replica.ts'
import { recordStart } from '../../../main/schedule/records.ts'
import { realWorld } from '../../../main/world.ts'
import { temporaryFolder } from '../replica/fixture.ts'
import { fakeLink } from './fake-link.ts'
import { capture, fill, start, startIn } from './fixture.ts'

const word = { source: 'Pixel 8' }

test('a send is recorded with when, why, what and what came of it; only telling is not', async () => {
  const link = fakeLink()
  fill(link, 2, 1)
  const { engine } = await start(link)
  await capture(engine)
  await engine.call('links.send', { ...word, dryRun: true })
  expect((await engine.call('links.list', {}))[0]).toMatchObject({ lastSend: null })
  link.sending = () => ({ added: 2, failed: [{ name: 'a', reason: 'No room.' }], next: 'Tap Import.' })
  await engine.call('links.send', { ...word, dryRun: false })
  const [source] = await engine.call('links.list', {})
  expect(source!.lastSend).toMatchObject({
    ...{ cause: 'manual', result: 'done', startedAt: expect.any(Number), endedAt: expect.any(Number) },
    detail: {
      ...{
        phone: 'Pixel 8',
        kinds: ['contacts', 'photos'],
        items: 2,
        files: 1,
        added: 2,
        next: 'Tap Import.',
      },
      failed: { count: 1, named: [{ name: 'a', reason: 'No room.' }] },
    },
  })
  expect(await engine.call('links.runs', word)).toMatchObject([{ doing: 'send' }, { doing: 'capture' }])
  expect(await engine.call('links.runs', { ...word, limit: 1 })).toHaveLength(1)
})

test('a send that fails is recorded with its reason', async () => {
  const link = fakeLink()
  fill(link, 2)
  const { engine } = await start(link)
  await capture(engine)
  link.sending = () => Promise.reject(new Error('cable'))
  await expect(engine.call('links.send', { ...word, dryRun: false })).rejects.toThrow('cable')
  expect((await engine.call('links.list', {}))[0]!.lastSend).toMatchObject({
    ...{ result: 'failed', endedAt: expect.any(Number) },
    detail: { items: 2, error: expect.stringContaining('cable') },
  })
})

test('a send is shown with its progress, and can be stopped by another', async () => {
  const link = fakeLink()
  fill(link, 2)
  const { engine } = await start(link)
  await capture(engine)
  let shown: unknown
  link.sending = async (watch) => {
    watch.report?.({ phase: 'Sending', items: 1, itemsTotal: 2, bytes: 5, bytesTotal: 10 })
    shown = (await engine.call('links.list', {}))[0]!.running
    await engine.call('links.cancel', {})
    watch.signal?.throwIfAborted()
    return {}
  }
  const sending = engine.call('links.send', { ...word, dryRun: false })
  await expect(sending).rejects.toMatchObject({ code: 'cancelled' })
  expect(shown).toMatchObject({ doing: 'send', progress: { phase: 'Sending', items: 1, bytesTotal: 10 } })
  expect((await engine.call('links.list', {}))[0]).toMatchObject({
    ...{ running: null, lastSend: { result: 'cancelled' } },
  })
})

test('a send that a crash cut off is known as interrupted', async () => {
  const link = fakeLink()
  fill(link, 1)
  const folder = await temporaryFolder()
  const { engine } = await startIn(folder, link)
  await capture(engine)
  await engine.close()
  const replica = openReplica(folder, realWorld)
  const run = { job: 'send:android:serial-1', cause: 'manual', dueAt: null, startedAt: 5 } as const
  await replica.write((tx) => recordStart(tx, { ...run, endedAt: null, result: null, detail: {} }))
  await replica.close()
  const again = await startIn(folder, link)
  expect((await again.engine.call('links.list', {}))[0]).toMatchObject({
    lastSend: { result: 'interrupted' },
  })
})
