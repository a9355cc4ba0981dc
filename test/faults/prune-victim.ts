/** Prunes the vault in the given folder; made to be killed while it does. */
import { createLocalStorage } from '../../main/vault/local-storage.ts'
import { prune } from '../../main/vault/prune.ts'
import { openVault } from '../../main/vault/vault.ts'
import { realWorld } from '../../main/world.ts'

const [folder, password] = process.argv.slice(2) as [string, string]
const vault = await openVault(createLocalStorage(folder, realWorld), password, realWorld)
process.stdout.write('begin\n')
await prune(vault, { mostUnused: 0 }, {})
process.stdout.write('end\n')
