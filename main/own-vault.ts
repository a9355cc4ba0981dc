/** The vault in the data folder: made at its first use, opened when needed, and never made anew where one is missing. */

import { Problem } from './problem.ts'
import type { Replica } from './replica/replica.ts'
import { readSetting, writeSetting } from './replica/settings.ts'
import type { Secrets } from './secrets.ts'
import { createLocalStorage } from './vault/local-storage.ts'
import { initVault, openVault, type Vault } from './vault/vault.ts'

export interface OwnVault {
  readonly folder: string
  /**
   * The open vault. Phones are served also while it cannot be opened; the next call tries again.
   * @throws Problem `no-vault` when it is not where it was, `wrong-password`, `vault-damaged`.
   */
  open(): Promise<Vault>
  /** What stock restic needs to open it. */
  password(): Promise<string>
  close(): Promise<void>
}

export function ownVault(folder: string, secrets: Secrets, replica: Replica): OwnVault {
  let opened: Promise<Vault> | undefined
  const { world } = replica
  const storage = createLocalStorage(folder, world)

  async function openOrMake(): Promise<Vault> {
    const known = await secrets.read('vault-password')
    const madeBefore = readSetting(replica, 'vault_id') !== undefined
    if (madeBefore && known === undefined) {
      throw new Problem(
        'wrong-password',
        'The password of the vault is missing from this computer.',
        'Put it back, or open the vault with its recovery code; the backups themselves are untouched.',
      )
    }
    const password = known ?? world.random(15).toString('hex')
    // First the password, durably: a vault whose password was lost in a crash could never be opened.
    if (known === undefined) await secrets.write('vault-password', password)
    if (!madeBefore) await initUnlessThere(password)
    const vault = await openVault(storage, password, world)
    if (!madeBefore) await replica.write((tx) => writeSetting(tx, 'vault_id', vault.id))
    return vault
  }

  async function initUnlessThere(password: string): Promise<void> {
    try {
      await initVault(storage, { password, world })
    } catch (error) {
      // A vault from an earlier installation: it is opened with its own password, or the person is told.
      if (!(error instanceof Problem && error.code === 'already-exists')) throw error
    }
  }

  function open(): Promise<Vault> {
    opened ??= openOrMake().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }

  return {
    folder,
    open,
    async password() {
      await open()
      return (await secrets.read('vault-password')) ?? ''
    },
    async close() {
      const vault = await opened?.catch(() => undefined)
      opened = undefined
      await vault?.close()
    },
  }
}
