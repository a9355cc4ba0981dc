/** Snapshots from before a great loss, which no rule removes. Kept apart from the vault, so that their ids stay as they were told. */
import { z } from 'zod'
import { listHeld } from '../replica/history.ts'
import type { Reader, Replica, Transaction } from '../replica/replica.ts'
import { readSetting, writeSetting } from '../replica/settings.ts'

const SETTING = 'before_loss'
const idsSchema = z.array(z.string())

/** The reason for each, by id. */
export function sparedSnapshots(reader: Reader): Map<string, string> {
  return new Map(readIds(reader).map((id) => [id, 'the last one before a great loss']))
}

export function spareSnapshot(tx: Transaction, id: string): void {
  writeSetting(tx, SETTING, JSON.stringify([...new Set([...readIds(tx), id])]))
}

/** Spares the newest snapshot of this history, where there is one. */
export function spareNewest(tx: Transaction, replica: Replica): void {
  const [newest] = listHeld(replica, readSetting(tx, 'vault_id') ?? '')
  if (newest) spareSnapshot(tx, newest.snapshotId)
}

/** Leaves the snapshot to the rules again. */
export function stopSparing(tx: Transaction, id: string): void {
  writeSetting(tx, SETTING, JSON.stringify(readIds(tx).filter((one) => one !== id)))
}

function readIds(reader: Reader): string[] {
  return idsSchema.parse(JSON.parse(readSetting(reader, SETTING) ?? '[]'))
}
