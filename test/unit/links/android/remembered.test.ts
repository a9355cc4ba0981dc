/** What is remembered of Android phones between two starts of the program. */
import { expect, test } from 'vitest'
import {
  forgetDirect,
  recall,
  rememberDirect,
  rememberFolders,
} from '../../../../main/links/android/remembered.ts'
import type { LinkMemory, Source } from '../../../../main/links/link.ts'

function memory(kept?: unknown): LinkMemory {
  return {
    read: () => kept,
    async write(value) {
      kept = JSON.parse(JSON.stringify(value))
    },
  }
}

const phone = (id: string): Source => ({ id, name: `Phone ${id}` }) as Source

test('a phone has one address, and an address one phone', async () => {
  const kept = memory()
  await rememberDirect(kept, '10.0.0.1:5555', phone('a'))
  await rememberDirect(kept, '10.0.0.2:5555', phone('a'))
  await rememberDirect(kept, '10.0.0.3:5555', phone('b'))
  await rememberDirect(kept, '10.0.0.3:5555', phone('c'))
  expect(recall(kept).direct.map(({ address, id }) => [address, id])).toEqual([
    ['10.0.0.2:5555', 'a'],
    ['10.0.0.3:5555', 'c'],
  ])
  await forgetDirect(kept, 'a')
  expect(recall(kept).direct).toMatchObject([{ id: 'c' }])
})

test('folders are remembered for each phone, as paths below its storage', async () => {
  const kept = memory({ direct: 'nonsense' })
  await rememberFolders(kept, 'a', ' /sdcard/Download/, Android/media/com.whatsapp')
  await rememberFolders(kept, 'b', 'Music')
  expect(recall(kept).folders).toEqual({ a: ['Download', 'Android/media/com.whatsapp'], b: ['Music'] })
  await rememberFolders(kept, 'a', '')
  expect(recall(kept).folders.a).toEqual([])
})

test.each(['../data', 'DCIM/../..', 'a//b', './x', `a\0b`])('%j is no folder of a phone', async (list) => {
  await expect(rememberFolders(memory(), 'a', list)).rejects.toMatchObject({ code: 'bad-input' })
})
