/** The certificate this computer answers phones with: kept in files, renewed before it ends and when the computer's names change. */
import { join } from 'node:path'
import { readPrivate, writePrivate } from '../private-file.ts'
import { Problem } from '../problem.ts'
import type { World } from '../world.ts'
import { type Identity, isGoodLeaf, isPair, makeLeaf, makeRoot } from './authority.ts'

/** The file with the root certificate, which phones are to trust. */
export function rootFile(folder: string): string {
  return join(folder, 'root.pem')
}

/** The root of this installation; made at the first call, and the same for ever. */
export interface OwnAuthority {
  /** In PEM form. */
  root: string
  /** Gives the certificate for these names, from the files in the folder or newly made. */
  certificateFor(names: readonly string[]): Promise<Identity>
}

/**
 * Opens the installation's authority.
 * @param computer how its owner knows this computer; phones show it in their list of certificates.
 * @throws Problem `data-damaged` when the root is there and cannot sign: another one would lock out every phone.
 */
export async function openAuthority(world: World, folder: string, computer: string): Promise<OwnAuthority> {
  const root =
    (await readRoot(folder)) ?? (await keep(world, folder, 'root', await makeRoot(world, computer)))
  return {
    root: root.certificate,
    async certificateFor(names) {
      const leaf = await readIdentity(folder, 'leaf')
      if (leaf && isGoodLeaf(world, root, leaf, names)) return leaf
      return keep(world, folder, 'leaf', await makeLeaf(world, root, names))
    },
  }
}

async function readRoot(folder: string): Promise<Identity | undefined> {
  const root = await readIdentity(folder, 'root')
  const certificate = await readPrivate(rootFile(folder))
  if (certificate === undefined) return undefined
  if (root && isPair(root)) return root
  throw new Problem(
    'data-damaged',
    'The root certificate that phones trust is there, but its key is missing or damaged.',
    `Bring back root.key in ${folder}. Without it, move the folder away: a new root is made, and phones have to trust it anew.`,
  )
}

async function readIdentity(folder: string, name: string): Promise<Identity | undefined> {
  const key = await readPrivate(join(folder, `${name}.key`))
  const certificate = await readPrivate(join(folder, `${name}.pem`))
  return key === undefined || certificate === undefined ? undefined : { key, certificate }
}

// The certificate is written last: a root that is there has its key. A crash between the two leaves a leaf that does not fit its key,
// and such a leaf is made anew.
async function keep(world: World, folder: string, name: string, identity: Identity): Promise<Identity> {
  await writePrivate(world, join(folder, `${name}.key`), identity.key)
  await writePrivate(world, join(folder, `${name}.pem`), identity.certificate)
  return identity
}
