/** Index files: documents that list packs and their blobs, so that no pack must be read to find a blob. */
import type { Pack } from './pack.ts'
import type { Vault } from './vault.ts'

/** Writes the packs into as few index files as they need, durably; returns the files' ids. */
export type WriteIndexFiles = (vault: Vault, packs: Iterable<Pack>) => Promise<string[]>
