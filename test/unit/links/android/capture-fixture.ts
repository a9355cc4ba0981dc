/** A sink that keeps what a capture of a phone hands over, for tests to look at. */
import type { CapturedCollection, CaptureSink } from '../../../../main/links/link.ts'

export interface KeptCollection {
  id: string
  displayName: string
  complete: boolean
  /** Identities that the source says are gone. */
  gone?: readonly string[]
  /** Bytes as text by identity. */
  items: Map<string, string>
}

export interface Kept {
  sink: CaptureSink
  collections: KeptCollection[]
  /** What the source said it has, by kind. */
  listed: Partial<Record<CapturedCollection['kind'], readonly string[]>>
  files: Map<string, Buffer>
  missed: { what: string; reason: string }[]
}

/** @param known tells the files that came before. */
export function createKeeper(known: CaptureSink['hasFile'] = () => false): Kept {
  const kept: Kept = {
    collections: [],
    listed: {},
    files: new Map(),
    missed: [],
    sink: {
      async collection({ id, displayName, complete, items, gone }) {
        const collected: KeptCollection = { id, displayName, complete, items: new Map() }
        for await (const { bytes, identity } of items) {
          collected.items.set(identity ?? '', Buffer.from(bytes).toString())
        }
        const lost = gone?.() ?? []
        if (lost.length > 0) collected.gone = lost
        kept.collections.push(collected)
        return { added: collected.items.size, changed: 0, unchanged: 0, unreadable: 0, gone: 0 }
      },
      hasFile: known,
      async file(file) {
        const parts: Buffer[] = []
        for await (const part of await file.open()) parts.push(part)
        kept.files.set(file.path, Buffer.concat(parts))
        return 'added'
      },
      reached: async () => undefined,
      listed(kind, ids) {
        kept.listed[kind] = ids
      },
      missed(what, reason) {
        kept.missed.push({ what, reason })
      },
    },
  }
  return kept
}
