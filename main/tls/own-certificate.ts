/** The certificate this computer answers phones with: kept in files, renewed before it ends and when the computer's names change. */
import { networkInterfaces, hostname as systemHostname } from 'node:os'
import { join } from 'node:path'
import { readPrivate, writePrivate } from '../private-file.ts'
import type { World } from '../world.ts'
import { type Identity, isGoodLeaf, makeLeaf, makeRoot } from './authority.ts'

/** The file with the root certificate, which phones are to trust. */
export function rootFile(folder: string): string {
  return join(folder, 'root.pem')
}

/**
 * Gives the certificate for these names, from the files in the folder or newly made. The root is made once and never changes.
 */
export async function ownCertificate(
  world: World,
  folder: string,
  names: readonly string[],
): Promise<Identity> {
  const root =
    (await readIdentity(folder, 'root')) ??
    (await keep(world, folder, 'root', await makeRoot(world, systemHostname())))
  const leaf = await readIdentity(folder, 'leaf')
  if (leaf && isGoodLeaf(world, root, leaf, names)) return leaf
  return keep(world, folder, 'leaf', await makeLeaf(world, root, names))
}

async function readIdentity(folder: string, name: string): Promise<Identity | undefined> {
  const key = await readPrivate(join(folder, `${name}.key`))
  const certificate = await readPrivate(join(folder, `${name}.pem`))
  return key === undefined || certificate === undefined ? undefined : { key, certificate }
}

// The certificate is written last: with it, the key is there.
async function keep(world: World, folder: string, name: string, identity: Identity): Promise<Identity> {
  await writePrivate(world, join(folder, `${name}.key`), identity.key)
  await writePrivate(world, join(folder, `${name}.pem`), identity.certificate)
  return identity
}

/** All names by which phones in the same network reach this computer: its host name, also as `.local`, and its addresses. */
export function localNames(): string[] {
  const host = systemHostname().toLowerCase().replace(/\.$/, '')
  const [short] = host.split('.')
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  // A link-local IPv6 address means nothing without the interface, which a certificate cannot name.
  const reachable = addresses.map(({ address }) => address).filter((address) => !address.startsWith('fe80:'))
  return [...new Set([`${short}.local`, host, 'localhost', ...reachable])]
}
