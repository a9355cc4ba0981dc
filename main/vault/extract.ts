/** Reading a snapshot: its folders, its nodes by path, and the bytes of its files. */
import { Readable } from 'node:stream'
import { Problem } from '../problem.ts'
import type { BlobIndex } from './blob-index.ts'
import { BOX_OVERHEAD } from './crypto.ts'
import { parseTree, type TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

/** A node and where it stands below the tree that the walk began at. */
export interface WalkEntry {
  path: string[]
  node: TreeNode
}

/** The nodes of one folder. @throws Problem `vault-damaged`. */
export async function readTree(vault: Vault, treeId: string): Promise<TreeNode[]> {
  return parseTree(await vault.readBlob('tree', treeId))
}

/** Every node below a tree, each folder before what is in it. @throws Problem `vault-damaged`. */
export async function* walk(vault: Vault, treeId: string, above: string[] = []): AsyncGenerator<WalkEntry> {
  for (const node of await readTree(vault, treeId)) {
    const path = [...above, node.name]
    yield { path, node }
    if (node.subtree !== null) yield* walk(vault, node.subtree, path)
  }
}

/** The node at a path below a tree, if there is one. @throws Problem `vault-damaged`. */
export async function findNode(vault: Vault, treeId: string, path: string[]): Promise<TreeNode | undefined> {
  let node: TreeNode | undefined
  let tree: string | null = treeId
  for (const name of path) {
    if (tree === null) return undefined
    node = (await readTree(vault, tree)).find((one) => one.name === name)
    tree = node?.subtree ?? null
  }
  return node
}

/** Bytes of a file from `start` to `end`, both inclusive. */
export interface FileRange {
  start: number
  end: number
}

/** A file's bytes as a stream; it fails with Problem `vault-damaged` where a part is damaged. Parts outside the range are not read. */
export function readFile(vault: Vault, node: TreeNode, range?: FileRange): Readable {
  const pieces = range ? piecesWithin(vault, node, range) : allPieces(vault, node)
  return Readable.from(pieces, { objectMode: false, highWaterMark: 0 })
}

async function* allPieces(vault: Vault, node: TreeNode): AsyncGenerator<Buffer> {
  for (const id of node.content ?? []) yield await vault.readBlob('data', id)
}

async function* piecesWithin(
  vault: Vault,
  node: TreeNode,
  { start, end }: FileRange,
): AsyncGenerator<Buffer> {
  const index = await vault.index()
  let at = 0
  for (const id of node.content ?? []) {
    const place = index.find('data', id)
    if (!place) throw notListed(id)
    const length = place.uncompressedLength ?? place.length - BOX_OVERHEAD
    if (at + length > start && at <= end) {
      const piece = await vault.readBlob('data', id)
      yield piece.subarray(Math.max(0, start - at), end + 1 - at)
    }
    at += length
  }
}

/** @throws Problem `vault-damaged` when the index lists not all parts of the file; their bytes are not read. */
export function checkListed(index: BlobIndex, node: TreeNode): void {
  const lost = node.content?.find((id) => !index.has('data', id))
  if (lost !== undefined) throw notListed(lost)
}

function notListed(id: string): Problem {
  return new Problem(
    'vault-damaged',
    `The index of the vault does not list the data blob ${id}.`,
    'Check and repair the vault; what is still on this computer is stored anew by the next backup.',
  )
}

/** A file's bytes. @throws Problem `vault-damaged`. */
export async function readFileBytes(vault: Vault, node: TreeNode): Promise<Buffer> {
  const blobs: Buffer[] = []
  for (const id of node.content ?? []) blobs.push(await vault.readBlob('data', id))
  return blobs.length === 1 ? blobs[0]! : Buffer.concat(blobs)
}
