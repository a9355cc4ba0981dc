/** The uploader against a computer in memory: skips what is known, goes on after a lost network, and believes only what is read back. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PortalProblem, SignedOut, Unreachable } from '../../../renderer/phone/call.ts'
import { createQueue } from '../../../renderer/phone/upload/queue.ts'
import {
  createUploader,
  NotReadable,
  PARALLEL,
  type UploaderParts,
} from '../../../renderer/phone/upload/uploader.ts'
import { pickedFile } from './picked-file.ts'

/** A computer that takes everything; a file's name is its hash. */
function computer(changes: Partial<UploaderParts> = {}) {
  const stored = new Set<string>()
  const sent: string[] = []
  const discarded: string[] = []
  const network = { up: true }
  const uploader = createUploader({
    queue: createQueue(),
    hash: async ({ name }) => name.replace('copy of ', ''),
    known: async (hashes) => hashes.filter((hash) => stored.has(hash)),
    send: async ({ hash, file }, progress) => {
      sent.push(hash)
      progress(file.size)
      stored.add(hash)
    },
    verify: async (hashes) => hashes.map((hash) => ({ hash, stored: stored.has(hash), doubts: [] })),
    discard: (hash) => discarded.push(hash),
    reachable: () => network.up,
    now: Date.now,
    log: (error) => {
      throw error
    },
    ...changes,
  })
  return { uploader, stored, sent, discarded, network }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => pickedFile(`${index}.jpg`))

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}

describe('the uploader', () => {
  it('sends, has it read back, and is done', async () => {
    const { uploader, sent } = computer()
    uploader.add(many(120), 'photos')
    await settle()
    expect(uploader.activity()).toBe('done')
    expect(uploader.queue.tally()).toMatchObject({ files: 120, stored: 120, bytesLeft: 0 })
    expect(sent).toHaveLength(120)
  })

  it('sends nothing that the computer has', async () => {
    const { uploader, stored, sent } = computer()
    stored.add('0.jpg')
    uploader.add(many(2), 'photos')
    await settle()
    expect(sent).toEqual(['1.jpg'])
    expect(uploader.queue.tally()).toMatchObject({ stored: 1, known: 1 })
  })

  it('sends the same picture once when it is picked by two names', async () => {
    const { uploader, sent } = computer()
    uploader.add([pickedFile('a.jpg'), pickedFile('copy of a.jpg')], 'files')
    await settle()
    expect(sent).toEqual(['a.jpg'])
    expect(uploader.queue.tally()).toMatchObject({ settled: 2, failed: 0 })
  })

  it('never sends more than a few at once', async () => {
    let [now, most] = [0, 0]
    const { uploader } = computer({
      send: async () => {
        most = Math.max(most, ++now)
        await setImmediate()
        now--
      },
      verify: async (hashes) => hashes.map((hash) => ({ hash, stored: true, doubts: [] })),
    })
    uploader.add(many(10), 'photos')
    await settle()
    expect(uploader.activity()).toBe('done')
    expect(most).toBe(PARALLEL)
  })

  it('waits out a lost network and goes on', async () => {
    const { uploader, network, stored } = computer({
      send: async ({ hash }) => {
        if (!stored.has('seen') && hash === '1.jpg') {
          stored.add('seen')
          network.up = false
          throw new Unreachable()
        }
        stored.add(hash)
      },
    })
    uploader.add(many(3), 'photos')
    await settle()
    expect(uploader.activity()).toBe('no-network')
    expect(uploader.queue.tally().failed).toBe(0)
    network.up = true
    uploader.networkChanged()
    await settle()
    expect(uploader.queue.tally()).toMatchObject({ stored: 3 })
  })

  it('pauses in the middle of a file and sends it again after', async () => {
    let tries = 0
    const { uploader, stored } = computer({
      send: ({ hash }, _progress, signal) =>
        new Promise((resolve, reject) => {
          if (++tries > 1) {
            stored.add(hash)
            return resolve()
          }
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
        }),
    })
    uploader.add(many(1), 'photos')
    await settle()
    uploader.pause()
    await settle()
    expect(uploader.activity()).toBe('paused')
    expect(uploader.queue.count('ready')).toBe(1)
    uploader.resume()
    await settle()
    expect(uploader.queue.tally().stored).toBe(1)
  })

  it('lets the computer forget a file that was cancelled on its way', async () => {
    const { uploader, discarded } = computer({
      send: (_entry, _progress, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
        }),
    })
    uploader.add(many(1), 'photos')
    await settle()
    uploader.cancelAll()
    await settle()
    expect(uploader.activity()).toBe('empty')
    expect(discarded).toEqual(['0.jpg'])
  })

  it('does not call stored what cannot be read back, and sends it again when asked to', async () => {
    let rotten = true
    const { uploader, sent } = computer({
      verify: async (hashes) => hashes.map((hash) => ({ hash, stored: !rotten, doubts: [] })),
    })
    uploader.add(many(1), 'photos')
    await settle()
    expect(uploader.queue.tally()).toMatchObject({ stored: 0, failed: 1 })
    rotten = false
    uploader.retryAll()
    await settle()
    expect(uploader.queue.tally()).toMatchObject({ failed: 0, known: 1 })
    expect(sent).toHaveLength(1)
  })

  it('goes on with the others when the phone does not let one be read', async () => {
    const { uploader } = computer({
      hash: async ({ name }) => {
        if (name === '1.jpg') throw new NotReadable()
        return name
      },
    })
    uploader.add(many(3), 'photos')
    await settle()
    expect(uploader.queue.tally()).toMatchObject({ stored: 2, failed: 1 })
  })

  it.each([
    {
      what: 'the disk is full',
      error: new PortalProblem({ code: 'disk-full', sentence: 'Full.', next: 'Free some.' }),
    },
    { what: 'the browser is no longer paired', error: new SignedOut() },
  ])('stops instead of failing one by one when $what', async ({ error }) => {
    const { uploader } = computer({
      send: async () => {
        throw error
      },
    })
    uploader.add(many(50), 'photos')
    await settle()
    expect(uploader.activity()).toBe('paused')
    expect(uploader.queue.tally().failed).toBeLessThanOrEqual(PARALLEL)
  })

  it('counts the doubts of this batch alone', async () => {
    const { uploader } = computer({
      verify: async (hashes) => hashes.map((hash) => ({ hash, stored: true, doubts: ['converted'] })),
    })
    uploader.add([pickedFile('a.jpg'), pickedFile('b.jpg')], 'photos')
    await settle()
    expect(uploader.doubts().get('converted')).toBe(2)
    uploader.add([pickedFile('c.jpg')], 'photos')
    await settle()
    expect(uploader.doubts().get('converted')).toBe(1)
    expect(uploader.queue.tally().files).toBe(1)
  })
})
