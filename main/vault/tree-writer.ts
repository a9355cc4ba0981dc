/** The folders of a snapshot in the making: gathers what changes in each, and at the end writes only the changed trees. */
import { release } from '../memory.ts'
import type { BlobWriter } from './blob-writer.ts'
import { createFolderEdits, type FileEdit, type FolderEdits, type Slot } from './folder-edits.ts'
import { EMPTY_TREE, fileNode, folderNode, parseNode, parseTree, type TreeNode } from './tree.ts'
import { editTree, findNodeBytes, type NodeName, nodeName } from './tree-edit.ts'
import type { Vault } from './vault.ts'

/** Files. */
export interface TreeCounts {
  added: number
  changed: number
  deleted: number
  unchanged: number
}

export interface TreeWriter {
  /** Takes away what is at the path, with all below it. */
  remove(path: string[]): void
  makeFolder(path: string[]): void
  makeFile(path: string[]): Slot
  /**
   * Writes the changed trees, from the leaves up; all slots must be filled or cleared.
   * @param base id of the tree that is the starting point; null for none.
   */
  finish(base: string | null): Promise<TreeCounts & { tree: string }>
}

interface Folder {
  edits: FolderEdits
  children: Map<string, Folder>
  /** What the base holds here is not taken over. */
  emptied: boolean
}

/** @param isItem tells by a file's name whether the counts are to include it. */
export function createTreeWriter(
  vault: Vault,
  writer: BlobWriter,
  isItem: (name: string) => boolean,
): TreeWriter {
  const root = newFolder(false)
  const counts: TreeCounts = { added: 0, changed: 0, deleted: 0, unchanged: 0 }

  function folderAt(path: string[]): Folder {
    let folder = root
    for (const name of path) folder = childOf(folder, name)
    return folder
  }

  /** What was a folder until now. */
  function placeOf(path: string[]): { edits: FolderEdits; name: string } {
    const { edits, children } = folderAt(path.slice(0, -1))
    const name = path.at(-1)!
    children.delete(name)
    return { edits, name }
  }

  function count(before: TreeNode | undefined, isSame: boolean, isFile: boolean): void {
    if (!isFile) counts.deleted += before?.type === 'file' ? 1 : 0
    else if (before?.type !== 'file') counts.added++
    else if (isSame) counts.unchanged++
    else counts.changed++
  }

  async function writeFolder(folder: Folder, base: string | null): Promise<string> {
    const before = base === null ? EMPTY_TREE : await vault.readBlob('tree', base)
    const subtrees = new Map<string, string>()
    for (const [name, child] of folder.children) {
      const childBase = child.emptied ? null : subtreeIn(before, name)
      subtrees.set(name, await writeFolder(child, childBase))
    }
    const emptied: string[] = []
    const expected = folder.edits.size + subtrees.size
    const after = editTree(before, withSubtrees(folder.edits, subtrees), expected, (edit, nodeBefore) => {
      const { name, subtree, file } = edit
      const old = nodeBefore && parseNode(nodeBefore)
      if (old?.subtree && (subtree === undefined || folder.children.get(name)!.emptied)) {
        emptied.push(old.subtree)
      }
      const node = file ? fileNode(name, file) : subtree === undefined ? null : folderNode(name, subtree)
      const isSame = node !== null && nodeBefore?.equals(Buffer.from(node)) === true
      if (isItem(name)) count(old, isSame, file !== null)
      return node
    })
    release(before)
    for (const tree of emptied) counts.deleted += await countFiles(vault, tree, isItem)
    await writer.room()
    return writer.add('tree', after, { handOver: true })
  }

  return {
    remove(path) {
      const { edits, name } = placeOf(path)
      edits.remove(name)
    },
    makeFolder: (path) => void folderAt(path),
    makeFile(path) {
      const { edits, name } = placeOf(path)
      return edits.makeFile(name)
    },
    async finish(base) {
      const tree = await writeFolder(root, base)
      return { tree, ...counts }
    },
  }
}

function newFolder(emptied: boolean): Folder {
  return { edits: createFolderEdits(), children: new Map(), emptied }
}

function childOf(folder: Folder, name: string): Folder {
  let child = folder.children.get(name)
  if (!child) {
    // A folder made where something was just taken away, or a file written, begins empty.
    child = newFolder(folder.emptied || folder.edits.touched(name))
    folder.children.set(name, child)
  }
  return child
}

/** A name with its new file or its new folder; neither for a removal. */
interface Edit extends FileEdit {
  subtree?: string
}

/** The edits of a folder in the order of a tree; a folder counts instead of a file of its name. */
function* withSubtrees(edits: FolderEdits, subtrees: ReadonlyMap<string, string>): Generator<Edit> {
  const folders: (NodeName & { subtree: string })[] = []
  for (const [name, subtree] of subtrees) folders.push({ ...nodeName(name), subtree })
  folders.sort((a, b) => (a.key > b.key ? -1 : 1))
  for (const edit of edits.inOrder()) {
    while (folders.length > 0 && folders.at(-1)!.key < edit.key) yield { ...folders.pop()!, file: null }
    if (folders.at(-1)?.key === edit.key) yield { ...folders.pop()!, file: null }
    else yield edit
  }
  while (folders.length > 0) yield { ...folders.pop()!, file: null }
}

function subtreeIn(tree: Buffer, name: string): string | null {
  const node = findNodeBytes(tree, name)
  return node ? parseNode(node).subtree : null
}

async function countFiles(vault: Vault, tree: string, isItem: (name: string) => boolean): Promise<number> {
  let files = 0
  for (const { name, type, subtree } of parseTree(await vault.readBlob('tree', tree))) {
    if (type === 'file' && isItem(name)) files++
    if (subtree) files += await countFiles(vault, subtree, isItem)
  }
  return files
}
