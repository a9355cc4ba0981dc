/** Captures by the clock: before each automatic backup, one after the other. */
import { expect, test } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { LOOK_EVERY } from '../../../main/schedule/scheduler.ts'
import { fakeLink } from './fake-link.ts'
import { capture, fill, start } from './fixture.ts'

const HOUR = 3_600_000
// The hour may turn while this runs.
const BY_CLOCK = expect.stringMatching(/^(scheduled|missed)$/)

test('by the clock all sources are captured before the backup, and one that fails stops no other', async () => {
  const [bad, good] = [fakeLink('cloud', 'account', 'Account'), fakeLink()]
  fill(good, 2)
  fill(bad, 1)
  const { engine, look, later } = await start(bad, good)
  await capture(engine, { source: 'Account' })
  await capture(engine)
  const newest = async (source: string) => (await engine.call('links.runs', { source, limit: 1 }))[0]
  await engine.startSchedule()
  // They are here as it starts.
  for (const source of ['Account', 'Pixel 8']) {
    await expect
      .poll(() => newest(source), { timeout: 10_000 })
      .toMatchObject({ cause: 'appeared', result: 'done' })
  }
  bad.capture = () => Promise.reject(new Problem('unreachable', 'It does not answer.', 'Wait.'))
  good.contacts.set('late', 'Late')
  later(HOUR - (Date.now() % HOUR) + 1000)
  look(LOOK_EVERY)
  await expect
    .poll(() => newest('Pixel 8'), { timeout: 10_000 })
    .toMatchObject({ cause: BY_CLOCK, result: 'done', detail: { contacts: { added: 1 } } })
  expect(await newest('Account')).toMatchObject({
    ...{ cause: BY_CLOCK, result: 'failed' },
    detail: { problem: { sentence: 'It does not answer.' } },
  })
  await expect
    .poll(async () => (await engine.call('schedule.show', {})).runs[0], { timeout: 20_000 })
    .toMatchObject({ cause: BY_CLOCK, result: 'done', detail: { added: 4 } })
}, 60_000)
