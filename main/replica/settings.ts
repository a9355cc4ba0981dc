/** Small settings, kept beside the data they belong to. */
import type { Reader, Transaction } from './replica.ts'

export function readSetting(reader: Reader, key: string): string | undefined {
  const value = reader.statement('SELECT value FROM meta WHERE key = ?').get(`setting:${key}`)?.value
  return typeof value === 'string' ? value : undefined
}

export function writeSetting(tx: Transaction, key: string, value: string): void {
  tx.statement('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(`setting:${key}`, value)
}
