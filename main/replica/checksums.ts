/** Checksums of photo files in forms that clients know them by, besides the SHA-256 that every file has. */
import type { Reader, Transaction } from './replica.ts'

export const CHECKSUM_KINDS = ['MD5', 'SHA1', 'SHA256', 'ADLER32'] as const
export type ChecksumKind = (typeof CHECKSUM_KINDS)[number]

export interface Checksum {
  kind: ChecksumKind
  /** Lower-case hex. */
  value: string
}

/** What is known of the file, each once. */
export function checksumsOf(reader: Reader, fileId: number): Checksum[] {
  const row = reader.statement('SELECT checksums FROM photo_files WHERE id = ?').get(fileId)
  return String(row?.checksums ?? '')
    .split(' ')
    .filter(Boolean)
    .map((text) => {
      const [kind, value] = text.split(':') as [ChecksumKind, string]
      return { kind, value }
    })
}

/** @param checksum worked out from the file's bytes. */
export function rememberChecksum(tx: Transaction, fileId: number, checksum: Checksum): void {
  const others = checksumsOf(tx, fileId).filter(({ kind }) => kind !== checksum.kind)
  const text = [...others, checksum].map(({ kind, value }) => `${kind}:${value}`).join(' ')
  tx.statement('UPDATE photo_files SET checksums = ? WHERE id = ?').run(text, fileId)
}
