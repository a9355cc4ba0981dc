/** A point held by a snapshot of a vault. */

import { itemName, PHONE_FILE, readPhoneFile, type SavedCollection } from '../backup/layout.ts'
import { Problem } from '../problem.ts'
import type { CollectionKind } from '../replica/collections.ts'
import { listHeld } from '../replica/history.ts'
import type { Replica } from '../replica/replica.ts'
import type { BlobIndex } from '../vault/blob-index.ts'
import { checkListed, findNode, readFile, readFileBytes, walk } from '../vault/extract.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { TreeNode } from '../vault/tree.ts'
import type { Vault } from '../vault/vault.ts'
import type { Point, PointCollection, PointItem } from './point.ts'

/** What the snapshot holds of the phone. Bytes are read only when asked for. */
export async function snapshotPoint(
  replica: Replica,
  vault: Vault,
  snapshot: Snapshot,
  phoneName: string,
): Promise<Point> {
  const root = await findNode(vault, snapshot.tree, [phoneName])
  if (!root?.subtree) {
    throw new Problem(
      'not-found',
      `The backup of ${snapshot.time} holds nothing of “${phoneName}”.`,
      'Choose another one; `sidekeep snapshots` lists them with the phones in each.',
    )
  }
  const collections: PointCollection[] = []
  for (const saved of await savedCollections(vault, root.subtree)) {
    const folder = await findNode(vault, root.subtree, saved.folder)
    if (folder?.subtree) collections.push(await readCollection(vault, folder.subtree, saved))
  }
  const held = listHeld(replica, vault.id).find(({ snapshotId }) => snapshotId === snapshot.id)
  const at = Date.parse(snapshot.time)
  return { id: `snapshot:${snapshot.id}`, seq: held?.seq ?? null, at, collections }
}

/** The collections a snapshot names for a phone, or those its folders suggest where the phone's file is missing. */
export async function savedCollections(vault: Vault, phoneTree: string): Promise<SavedCollection[]> {
  const file = await findNode(vault, phoneTree, [PHONE_FILE])
  if (file) return readPhoneFile(await readFileBytes(vault, file)).collections
  const found: SavedCollection[] = []
  for (const [room, kind] of [
    ['Contacts', 'contacts'],
    ['Calendars', 'calendar'],
  ] as const) {
    const node = await findNode(vault, phoneTree, [room])
    if (!node?.subtree) continue
    for await (const { path, node: one } of walk(vault, node.subtree)) {
      if (one.type === 'dir' && path.length === 1) found.push(bare(kind, one.name, [room, one.name]))
    }
  }
  return [...found, bare('files', 'photos', ['Photos'])]
}

function bare(kind: CollectionKind, name: string, folder: string[]): SavedCollection {
  return { kind, name, origin: 'ours', displayName: name, components: [], folder, items: 0, properties: [] }
}

async function readCollection(vault: Vault, tree: string, saved: SavedCollection): Promise<PointCollection> {
  // Brought up to date once, not for each of thousands of items.
  let listed: Promise<BlobIndex> | undefined
  const index = () => {
    listed ??= vault.index()
    return listed
  }
  const folders: string[] = []
  const items: PointItem[] = []
  for await (const { path, node } of walk(vault, tree)) {
    const name = itemName(saved.kind, path)
    if (node.type === 'dir') folders.push(name)
    else if (node.type === 'file') items.push(pointItem(vault, index, name, node))
  }
  return { saved, folders, items }
}

// A file kept as one blob has its own SHA-256 as that blob's name.
function pointItem(vault: Vault, index: () => Promise<BlobIndex>, name: string, node: TreeNode): PointItem {
  const content = node.content ?? []
  return {
    name,
    hash: content.length === 1 ? content[0]! : null,
    size: node.size,
    modifiedAt: node.modifiedAt,
    bytes: () => readFileBytes(vault, node),
    stream: (span) => readFile(vault, node, span),
    check: async () => checkListed(await index(), node),
  }
}
