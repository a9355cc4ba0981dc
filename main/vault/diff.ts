/** What is different between two trees; folders that are the same are not even read. */
import { parseTree, type TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

/** Paths of files, segments joined by `/`. */
export interface TreeDiff {
  added: string[]
  changed: string[]
  removed: string[]
}

/** Compares the files below two trees. @throws Problem `vault-damaged` when a tree can't be read. */
export async function diffTrees(vault: Vault, from: string, to: string): Promise<TreeDiff> {
  const diff: TreeDiff = { added: [], changed: [], removed: [] }
  await compare(from, to, '')
  return diff

  async function compare(before: string | null, after: string | null, folder: string): Promise<void> {
    if (before === after) return
    const old = new Map((await nodesOf(vault, before)).map((node) => [node.name, node]))
    for (const node of await nodesOf(vault, after)) {
      const was = old.get(node.name)
      old.delete(node.name)
      await compareNodes(was, node, folder + node.name)
    }
    for (const [name, was] of old) await compareNodes(was, undefined, folder + name)
  }

  async function compareNodes(
    was: TreeNode | undefined,
    now: TreeNode | undefined,
    path: string,
  ): Promise<void> {
    const wasFile = was && was.type !== 'dir'
    const isFile = now && now.type !== 'dir'
    if (wasFile && isFile) {
      if (!sameContent(was, now)) diff.changed.push(path)
    } else if (isFile) diff.added.push(path)
    else if (wasFile) diff.removed.push(path)
    await compare(was?.subtree ?? null, now?.subtree ?? null, `${path}/`)
  }
}

async function nodesOf(vault: Vault, tree: string | null): Promise<TreeNode[]> {
  return tree === null ? [] : parseTree(await vault.readBlob('tree', tree))
}

function sameContent(one: TreeNode, other: TreeNode): boolean {
  const content = (node: TreeNode) => node.content?.join() ?? node.linkTarget
  return one.type === other.type && one.size === other.size && content(one) === content(other)
}
