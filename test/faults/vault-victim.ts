/** Backs up one generation of files into the vault in the given folder; made to be killed while it does. */
import { writeSnapshot } from '../../main/vault/archive.ts'
import { createLocalStorage } from '../../main/vault/local-storage.ts'
import { openVault } from '../../main/vault/vault.ts'
import { realWorld } from '../../main/world.ts'
import { PASSWORD } from '../small-vault.ts'
import { requestFor } from './vault-generations.ts'

const [folder, generation, base] = process.argv.slice(2) as [string, string, string | undefined]
const vault = await openVault(createLocalStorage(folder, realWorld), PASSWORD, realWorld)
process.stdout.write('begin\n')
await writeSnapshot(vault, requestFor(Number(generation), base ?? null), {})
process.stdout.write('end\n')
