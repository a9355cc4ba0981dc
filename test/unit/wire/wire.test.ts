/** The wire from end to end, over a carrier that stays in this process: calls, progress, problems, events, and either side going away. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createAnnouncements } from '../../../main/announcements.ts'
import { attend } from '../../../main/attend.ts'
import type { Engine } from '../../../main/engine.ts'
import { Problem } from '../../../main/problem.ts'
import type { Watch } from '../../../main/progress.ts'
import { createClient, type ProblemData } from '../../../preload/client.ts'
import type { Carrier, Reply, Request } from '../../../preload/wire.ts'

class Told extends Error {
  readonly problem: ProblemData
  constructor(problem: ProblemData) {
    super(problem.sentence)
    this.problem = problem
  }
}

/** Both ends of a carrier; all that passes goes through JSON, as on every real one. */
function pair(): [Carrier, Carrier] {
  const ends = [0, 1].map(() => ({ take: (_: unknown) => {}, lost: () => {} }))
  let isOpen = true
  const end = (mine: number): Carrier => ({
    send(message: Request | Reply) {
      const copy = JSON.parse(JSON.stringify(message))
      setImmediate(() => isOpen && ends[1 - mine]!.take(copy))
    },
    listen: (take, lost) => void Object.assign(ends[mine]!, { take, lost }),
    close() {
      if (!isOpen) return
      isOpen = false
      for (const { lost } of ends) lost()
    },
  })
  return [end(0), end(1)]
}

const moved = { seq: 7 }

/** @param answer stands for the engine's methods. */
function setup(answer: (method: string, input: unknown, watch: Watch) => Promise<unknown>) {
  const announcements = createAnnouncements({
    changed: () => ({ epoch: 'e', seq: moved.seq }),
    work: () => ({ now: [], ended: 0 }),
  })
  const engine = { call: answer, listen: announcements.listen } as unknown as Engine
  const [ours, theirs] = pair()
  const log: string[] = []
  let time = 0
  attend(
    engine,
    ours,
    () => (time += 1000),
    (line) => log.push(line),
  )
  let losses = 0
  const client = createClient(
    theirs,
    (problem) => new Told(problem),
    () => losses++,
  )
  return { client, announcements, log, theirs, losses: () => losses }
}

const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Told ? error.problem : error),
  )

const progress = (items: number) => ({
  phase: 'Reading',
  ...{ items, itemsTotal: 3, bytes: 0, bytesTotal: null },
})

test('calls are answered each with its own result, whatever order they end in', async () => {
  const { client } = setup(async (method, input) => {
    await sleep(method === 'phones.list' ? 20 : 0)
    return method === 'phones.list' ? [] : { code: JSON.stringify(input) }
  })
  const list = client.call('phones.list', {})
  expect(await client.call('vault.recoveryCode', {})).toEqual({ code: '{}' })
  expect(await list).toEqual([])
})

test('progress is told on the way, and asking it to stop reaches the work', async () => {
  const { client } = setup(async (_method, _input, { signal, report }) => {
    for (const items of [1, 2]) report?.(progress(items))
    await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    throw new Problem('cancelled', 'Stopped, as asked.', 'Start it again.')
  })
  const stopping = new AbortController()
  const heard: number[] = []
  const call = client.call(
    'repair',
    {},
    {
      signal: stopping.signal,
      report({ items }) {
        heard.push(items)
        if (items === 2) stopping.abort()
      },
    },
  )
  expect(await problemOf(call)).toMatchObject({ code: 'cancelled' })
  expect(heard).toEqual([1, 2])
})

test('a mistake of our own is told without a word of what it was, and logged', async () => {
  const { client, log } = setup(() => Promise.reject(new Error('secret thing')))
  expect(await problemOf(client.call('phones.list', {}))).toMatchObject({ code: 'broken' })
  expect(log.join()).toContain('secret thing')
})

test('an answer that is not what the contract says is not passed on', async () => {
  const { client } = setup(async () => [{ id: 5 }])
  expect(await problemOf(client.call('phones.list', {}))).toBeInstanceOf(Error)
})

test('events tell how things stand at once, and only the newest state later', async () => {
  const { client, announcements } = setup(async () => null)
  const heard: number[] = []
  client.on('changed', ({ seq }) => heard.push(seq))
  await expect.poll(() => heard).toEqual([7])
  for (let seq = 8; seq < 20; seq++) {
    moved.seq = seq
    announcements.moved('changed')
  }
  await expect.poll(() => heard).toEqual([7, 19])
})

test('who listens late hears how things stand all the same', async () => {
  const { client } = setup(async () => null)
  const early: number[] = []
  client.on('changed', ({ seq }) => early.push(seq))
  await expect.poll(() => early.length).toBeGreaterThan(0)
  const late: number[] = []
  client.on('changed', ({ seq }) => late.push(seq))
  expect(late).toEqual(early)
})

test('who goes away stops what it had asked for', async () => {
  const stopped = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const { client, losses } = setup(async (_method, _input, { signal }) => {
    signal?.addEventListener('abort', () => stopped.resolve())
    begun.resolve()
    await stopped.promise
  })
  const call = client.call('repair', {})
  const told = problemOf(call)
  await begun.promise
  client.close()
  await stopped.promise
  expect(await told).toMatchObject({ code: 'unreachable' })
  expect(losses()).toBe(1)
  expect(await problemOf(client.call('repair', {}))).toMatchObject({ code: 'unreachable' })
})

test.each([
  ['no call', {}],
  ['a method that is none', { call: 1, method: 'toString', input: {} }],
  ['more than a call', { call: 1, method: 'repair', input: {}, as: 'root' }],
  ['no object', 'repair'],
])('who says %s is shut out', async (_, message) => {
  const { theirs, losses } = setup(async () => null)
  theirs.send(message as never)
  await expect.poll(losses).toBe(1)
})
