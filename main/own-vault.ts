/** The vault in the data folder: made at its first use, opened when needed, and never made anew where one is missing. */

import { hostname } from 'node:os'
import { Problem } from './problem.ts'
import type { Replica } from './replica/replica.ts'
import { readSetting, writeSetting } from './replica/settings.ts'
import type { Secrets } from './secrets.ts'
import { addKey } from './vault/keys.ts'
import { createLocalStorage } from './vault/local-storage.ts'
import { initVault, openVault, type Vault } from './vault/vault.ts'
import type { World } from './world.ts'

export interface OwnVault {
  readonly folder: string
  /**
   * The open vault. Phones are served also while it cannot be opened; the next call tries again.
   * @throws Problem `no-vault` when it is not where it was, `wrong-password`, `vault-damaged`.
   */
  open(): Promise<Vault>
  /** What stock restic needs to open it. */
  password(): Promise<string>
  /** Opens a vault that came from elsewhere with its password or recovery code, and remembers it. @throws Problem `wrong-password`. */
  unlock(password: string): Promise<void>
  close(): Promise<void>
}

export function ownVault(folder: string, secrets: Secrets, replica: Replica): OwnVault {
  let opened: Promise<Vault> | undefined
  const { world } = replica
  const storage = createLocalStorage(folder, world)

  async function openOrMake(): Promise<Vault> {
    const known = await secrets.read('vault-password')
    const madeBefore = readSetting(replica, 'vault_id') !== undefined
    const isThere = (await storage.list('key')).length > 0
    if (known === undefined && (madeBefore || isThere)) throw passwordMissing()
    const password = known ?? makePassword(world)
    // First the password, durably: a vault whose password was lost in a crash could never be opened.
    if (known === undefined) await secrets.write('vault-password', password)
    if (!madeBefore && !isThere) await initVault(storage, { password, world })
    return settle(await openVault(storage, password, world))
  }

  async function settle(vault: Vault): Promise<Vault> {
    if (readSetting(replica, 'vault_id') === undefined) {
      await replica.write((tx) => writeSetting(tx, 'vault_id', vault.id))
    }
    return vault
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
    async unlock(password) {
      const vault = await settle(await openVault(storage, password, world))
      // A password of this computer's own: the code may be made anew, and then the old one opens nothing.
      const own = makePassword(world)
      await addKey(storage, world, vault.masterKey, own, hostname())
      await secrets.write('vault-password', own)
      await (await opened?.catch(() => undefined))?.close()
      opened = Promise.resolve(vault)
    },
    async close() {
      const vault = await opened?.catch(() => undefined)
      opened = undefined
      await vault?.close()
    },
  }
}

function makePassword(world: World): string {
  return world.random(15).toString('hex')
}

function passwordMissing(): Problem {
  return new Problem(
    'wrong-password',
    'There is a vault, and its password is not on this computer.',
    'Run `sidekeep vault unlock` with its password or recovery code; the backups are untouched.',
  )
}
