/** A sink that only notes what it is handed. */
import { buffer } from 'node:stream/consumers'
import type { CaptureSink } from '../../../main/links/link.ts'

export function recorder() {
  const order: string[] = []
  const collections = new Map<string, { texts: string[]; complete: boolean }>()
  const files = new Map<string, string>()
  const times = new Set<number>()
  const missed: string[] = []
  const sink: CaptureSink = {
    async collection({ kind, id, items, complete }) {
      order.push(kind)
      const texts: string[] = []
      for await (const { bytes } of items) texts.push(Buffer.from(bytes).toString())
      collections.set(id, { texts, complete })
      return { added: texts.length, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
    },
    hasFile: ({ path }) => files.has(path),
    async file(file) {
      order.push('photos')
      times.add(file.modifiedAt)
      files.set(file.path, (await buffer(await file.open())).toString())
      return 'added'
    },
    listed: () => undefined,
    reached: async () => undefined,
    missed: (what, reason) => missed.push(`${what}: ${reason}`),
  }
  return { sink, order, collections, files, times, missed }
}
