/** Generations of files to back up: each replaces the photos of the one before and adds a few cards, in more than one pack. */
import type { Change, SnapshotRequest } from '../../main/vault/archive.ts'
import { idOf } from '../../main/vault/crypto.ts'
import { bytesFor } from '../small-vault.ts'

const START = Date.parse('2026-11-01T12:00:00Z')
const PHOTOS = 9
const PHOTO_SIZE = 2_000_000
const CARDS = 30

/** The files of a generation's own, by path. */
function filesOf(generation: number): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (let n = 0; n < CARDS; n++) {
    const name = `Cards/${generation}-${n}.vcf`
    files.set(name, Buffer.from(`BEGIN:VCARD\r\nNOTE:${bytesFor(name, 90).toString('hex')}\r\nEND:VCARD\r\n`))
  }
  for (let n = 0; n < PHOTOS; n++) {
    const name = `Photos/${generation}/${n}.jpg`
    files.set(name, bytesFor(name, PHOTO_SIZE))
  }
  return files
}

export function requestFor(generation: number, base: string | null): SnapshotRequest {
  function* changes(): Generator<Change> {
    for (const [path, bytes] of filesOf(generation)) {
      if (path.endsWith('0.jpg')) yield { path: ['Photos', String(generation - 1)], remove: true }
      yield { path: path.split('/'), file: { size: bytes.length, modifiedAt: START, bytes } }
    }
  }
  return {
    base,
    changes: changes(),
    time: new Date(START + generation),
    hostname: 'pc',
    tags: [],
    paths: ['/'],
  }
}

/** What the snapshot of a generation holds, as SHA-256 by path. */
export function contentOfGeneration(generation: number): Map<string, string> {
  const content = new Map<string, string>()
  for (let n = 0; n <= generation; n++) {
    for (const [path, bytes] of filesOf(n)) {
      if (n === generation || path.startsWith('Cards/')) content.set(path, idOf(bytes))
    }
  }
  return content
}
