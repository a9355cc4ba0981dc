/** Sealed JSON documents: how index files, snapshots and locks are stored. */
import { zstdDecompressSync } from 'node:zlib'
import { Problem } from '../problem.ts'
import { compress } from './blob.ts'
import { idOf, type Sealer } from './crypto.ts'

/** The kinds of files that hold one document each. */
export type DocumentKind = 'index' | 'snapshot' | 'lock'

const COMPRESSED = 2
const MOST_BYTES = 512 * 1024 * 1024
const CHUNK = 1024 * 1024

/** The stored bytes of a document, and the id that they are stored under. */
export function sealDocument(sealer: Sealer, document: unknown): { id: string; bytes: Buffer } {
  const frame = compress('data', Buffer.from(JSON.stringify(document)))
  const bytes = sealer.seal(Buffer.concat([Buffer.of(COMPRESSED), frame]))
  return { id: idOf(bytes), bytes }
}

/**
 * The JSON in a stored document; its first byte tells whether it is compressed.
 * @param id what the bytes must hash to.
 * @throws Problem `vault-damaged`.
 */
export function openDocument(sealer: Sealer, kind: DocumentKind, id: string, bytes: Buffer): unknown {
  if (idOf(bytes) !== id) throw damaged(kind, id)
  const plaintext = sealer.open(bytes)
  try {
    return JSON.parse(jsonIn(plaintext).toString('utf8'))
  } catch (cause) {
    throw damaged(kind, id, cause)
  }
}

function jsonIn(plaintext: Buffer): Buffer {
  const first = String.fromCharCode(plaintext[0] ?? 0)
  if (first === '{' || first === '[') return plaintext
  if (plaintext[0] !== COMPRESSED) throw new Error(`unknown encoding ${plaintext[0]}`)
  return zstdDecompressSync(plaintext.subarray(1), { maxOutputLength: MOST_BYTES, chunkSize: CHUNK })
}

function damaged(kind: DocumentKind, id: string, cause?: unknown): Problem {
  return new Problem('vault-damaged', `The ${kind} file ${id} is damaged.`, 'Check and repair the vault.', {
    cause,
  })
}
