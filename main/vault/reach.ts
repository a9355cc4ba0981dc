/** What the snapshots need: every tree and blob that can be reached from them, and what of it is not there. */
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import type { BlobIndex } from './blob-index.ts'
import { readCopies } from './copies.ts'
import { pacedReport } from './paced-report.ts'
import type { BlobType } from './pack.ts'
import type { Snapshot } from './snapshot.ts'
import { parseTree, type TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

/** Where something was met: the path below the root, in the first snapshot that leads there. */
export interface Whereabouts {
  snapshot: Snapshot
  path: string[]
}

export interface MissedBlob extends Whereabouts {
  type: BlobType
  id: string
}

export interface Reach {
  /** 1 at `index.firstEntry` of each blob that is needed. */
  used: Uint8Array
  trees: number
  /** Needed blobs that are not there, once for each path at which they are needed. */
  missed: MissedBlob[]
  /** Trees that are there and cannot be read. */
  unreadable: (MissedBlob & { reason: string })[]
  /** Nodes that a reader cannot make sense of. */
  odd: (Whereabouts & { reason: string })[]
}

export interface ReachOptions {
  /** Blobs that count as not there although the index lists them. */
  isLost?: ((type: BlobType, id: string) => boolean) | undefined
}

const NODE_TYPES = new Set(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket'])

/** Walks every tree of the snapshots once, in whichever snapshot it is met first. */
export async function reachFrom(
  vault: Vault,
  index: BlobIndex,
  snapshots: readonly Snapshot[],
  watch: Watch,
  { isLost = () => false }: ReachOptions = {},
): Promise<Reach> {
  const reach: Reach = { used: new Uint8Array(index.size), trees: 0, missed: [], unreadable: [], odd: [] }
  const report = pacedReport(watch, vault.world)
  const waiting: { id: string; at: Whereabouts }[] = []

  // What stays in a folder while others change in it is met in each of the folder's trees.
  const told = new Set<string>()
  function isFirst(what: string, { path }: Whereabouts): boolean {
    const before = told.size
    return told.add(`${what} ${path.join('/')}`).size > before
  }

  /** Marks a blob as needed; true when it is there and was not met before. */
  function meet(type: BlobType, id: string, at: Whereabouts): boolean {
    const entry = index.firstEntry(type, id)
    if (entry === -1 || isLost(type, id)) {
      if (isFirst(id, at)) reach.missed.push({ type, id, ...at })
      return false
    }
    const isNew = reach.used[entry] === 0
    reach.used[entry] = 1
    return isNew
  }

  function meetNode(node: TreeNode, at: Whereabouts): void {
    const reason = whatIsOdd(node)
    if (reason && isFirst(reason, at)) reach.odd.push({ ...at, reason })
    for (const id of node.content ?? []) meet('data', id, at)
    if (node.subtree && meet('tree', node.subtree, at)) waiting.push({ id: node.subtree, at })
  }

  for (const snapshot of snapshots) {
    const root = { snapshot, path: [] }
    if (meet('tree', snapshot.tree, root)) waiting.push({ id: snapshot.tree, at: root })
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      stopIfAsked(watch)
      const { id, at } = next
      const nodes = await readNodes(vault, index, id)
      if (nodes instanceof Problem) {
        reach.unreadable.push({ type: 'tree', id, ...at, reason: nodes.message })
        continue
      }
      for (const node of nodes) meetNode(node, { snapshot, path: [...at.path, node.name] })
      reach.trees++
      const counts = { items: reach.trees, itemsTotal: null, bytes: 0, bytesTotal: null }
      report({ phase: 'Reading folders', ...counts })
    }
  }
  return reach
}

async function readNodes(vault: Vault, index: BlobIndex, id: string): Promise<TreeNode[] | Problem> {
  try {
    return parseTree(await readCopies(vault, 'tree', id, index.findAll('tree', id)))
  } catch (error) {
    if (error instanceof Problem && error.code === 'vault-damaged') return error
    throw error
  }
}

function whatIsOdd({ name, type, content, subtree }: TreeNode): string | undefined {
  if (name === '') return 'it has no name'
  if (!NODE_TYPES.has(type)) return `it is of an unknown type, ${type}`
  if (type === 'file' && content === null) return 'it is a file without a list of contents'
  if (type === 'dir' && subtree === null) return 'it is a folder without a tree'
}
