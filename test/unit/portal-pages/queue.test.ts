/** The upload queue: its stages, its sums, and what it leaves out. */
import { describe, expect, it } from 'vitest'
import { createQueue } from '../../../renderer/phone/upload/queue.ts'
import { pickedFile } from './picked-file.ts'

describe('the upload queue', () => {
  it('takes each file once, by name, size and time', () => {
    const queue = createQueue()
    expect(queue.add([pickedFile('a.jpg'), pickedFile('b.jpg'), pickedFile('a.jpg')], 'photos')).toBe(2)
    expect(queue.add([pickedFile('a.jpg')], 'files')).toBe(0)
  })

  it('takes a file again that was removed', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg')], 'photos')
    queue.remove(1)
    expect(queue.add([pickedFile('a.jpg')], 'photos')).toBe(1)
  })

  it('gives the files of a stage in the order they were picked', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg'), pickedFile('b.jpg'), pickedFile('c.jpg')], 'photos')
    queue.move(1, 'hashing')
    expect(queue.first('waiting', 5).map(({ file }) => file.name)).toEqual(['b.jpg', 'c.jpg'])
    expect(queue.first('waiting', 1)).toHaveLength(1)
  })

  it('refuses a step that there is not', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg')], 'photos')
    expect(() => queue.move(1, 'stored')).toThrow('no step from waiting to stored')
  })

  it('leaves what was cancelled in the middle of a step alone', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg')], 'photos')
    queue.move(1, 'hashing')
    queue.remove(1)
    queue.move(1, 'hashed', { hash: 'a' })
    expect(queue.tally().files).toBe(0)
    expect(queue.count('hashing')).toBe(0)
  })

  it('has bytes left until they are sent, and is settled only when they were read back', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg', 100), pickedFile('b.jpg', 50)], 'photos')
    queue.move(1, 'hashing')
    queue.move(1, 'hashed', { hash: 'a' })
    queue.move(1, 'ready')
    queue.move(1, 'sending')
    queue.progress(1, 40)
    expect(queue.tally()).toMatchObject({ bytes: 150, bytesDone: 40, bytesLeft: 110, settled: 0 })
    queue.move(1, 'sent', { sent: 100 })
    expect(queue.tally()).toMatchObject({ bytesDone: 100, bytesLeft: 50, settled: 0 })
    queue.move(1, 'stored')
    expect(queue.tally()).toMatchObject({ settled: 1, stored: 1 })
  })

  it('forgets a failure when it is tried again', () => {
    const queue = createQueue()
    queue.add([pickedFile('a.jpg')], 'photos')
    queue.move(1, 'hashing')
    queue.move(1, 'failed', { failure: { sentence: 'No.', next: 'Again.' } })
    expect(queue.find(1)?.failure?.sentence).toBe('No.')
    queue.move(1, 'waiting')
    expect(queue.find(1)?.failure).toBeNull()
  })
})
