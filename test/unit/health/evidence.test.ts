/** "Am I safe?" asked of an engine: from an empty folder to a backup that was read back, and what each step changes. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Engine } from '../../../main/engine.ts'
import { fakeLink } from '../capture/fake-link.ts'
import { capture, fill, startIn } from '../capture/fixture.ts'
import { temporaryFolder } from '../replica/fixture.ts'

const codes = async (engine: Engine) => (await engine.call('status.show', {})).reasons.map(({ code }) => code)

test('each step towards safety takes a reason away, and damage brings one back', async () => {
  const link = fakeLink()
  const folder = await temporaryFolder()
  const { engine } = await startIn(folder, link)
  expect(await codes(engine)).toEqual(['no-phone'])
  await engine.call('phones.add', { name: 'Pixel 8' })
  await engine.call('schedule.set', { plan: { every: 'hour', minute: 0 } })
  expect(await codes(engine)).toEqual(['nothing-came'])

  fill(link, 30, 2)
  await capture(engine, { phone: 'Pixel 8' })
  expect(await codes(engine)).toEqual(['no-backup'])
  await engine.call('backup.run', {})
  expect(await codes(engine)).toEqual(['never-checked'])
  await engine.call('verify', { readData: true })
  const safety = await engine.call('status.show', {})
  expect(safety).toMatchObject({ state: 'safe', reasons: [] })
  expect(safety.phones[0]?.kinds).toMatchObject([
    { kind: 'contacts', state: 'safe', here: 30, newer: 0 },
    { kind: 'calendar', state: 'empty', safeAt: null },
    { kind: 'photos', state: 'safe', here: 2 },
  ])

  link.contacts.set('one more', 'Zoe')
  await capture(engine)
  const later = await engine.call('status.show', {})
  expect(later.phones[0]?.kinds[0]).toMatchObject({ here: 31, newer: 1, safeAt: later.backedUpAt })

  link.contacts.clear()
  await capture(engine)
  expect(await codes(engine)).toEqual(['deletions-held'])
  await rm(join(folder, 'Photos', 'Pixel 8'), { recursive: true })
  await engine.call('verify', {})
  expect(await codes(engine)).toEqual(['damaged', 'deletions-held'])
})
