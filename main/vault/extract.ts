/** Reading a snapshot: its folders, its nodes by path, and the bytes of its files. */
import { Readable } from 'node:stream'
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

/** A file's bytes as a stream; it fails with Problem `vault-damaged` where a part is damaged. */
export function readFile(vault: Vault, node: TreeNode): Readable {
  async function* blobs() {
    for (const id of node.content ?? []) yield await vault.readBlob('data', id)
  }
  return Readable.from(blobs(), { objectMode: false, highWaterMark: 0 })
}

/** A file's bytes. @throws Problem `vault-damaged`. */
export async function readFileBytes(vault: Vault, node: TreeNode): Promise<Buffer> {
  const blobs: Buffer[] = []
  for (const id of node.content ?? []) blobs.push(await vault.readBlob('data', id))
  return blobs.length === 1 ? blobs[0]! : Buffer.concat(blobs)
}
