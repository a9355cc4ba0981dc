/** The engine's side of the contract: what each method gets to work with, and the table of all of them. */
import type { Checked, Method, Output } from '../../preload/contract.ts'
import type { BackupResult } from '../backup/backup.ts'
import type { FreshPasswords } from '../links/portal/fresh-passwords.ts'
import type { Pairings } from '../links/portal/pairing.ts'
import type { OwnVault } from '../own-vault.ts'
import type { Watch } from '../progress.ts'
import type { Reach } from '../reach.ts'
import type { Replica } from '../replica/replica.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { Vault } from '../vault/vault.ts'

/** The engine's open parts. */
export interface Tools {
  replica: Replica
  ownVault: OwnVault
  scheduler: Scheduler
  /** Where phones reach us at this moment, or did so last. */
  reach(): Reach
  /** Whether anything listens for phones. */
  isServing(): boolean
  pairings: Pairings
  freshPasswords: FreshPasswords
  /** Runs one thing at a time that writes to the vault; others wait for their turn. */
  inTurn<T>(work: (vault: Vault) => Promise<T>): Promise<T>
  /** Takes a snapshot. The caller has the turn. */
  backUp(vault: Vault, tags: string[], watch: Watch): Promise<BackupResult>
}

export type MethodOf<M extends Method> = (input: Checked<M>, watch: Watch) => Promise<Output<M>>
export type Methods = { [M in Method]: MethodOf<M> }
