/** What a restore will write: walks a tree, makes its folders and links on this computer, and lists its files. */
import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, readlink, symlink, utimes } from 'node:fs/promises'
import { Problem } from '../problem.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import { readTree } from './extract.ts'
import type { Target } from './extract-worker.ts'
import { createLocalNames, joinLocal, type LocalPath, toSeconds } from './local-name.ts'
import { nameBytes } from './node-name.ts'
import { refusalIn } from './refusal.ts'
import type { TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

/** A file to restore. */
export interface WantedFile {
  path: string[]
  content: string[]
  target: Target
  /** Whether nothing can be there yet, as its folder was just made. */
  isFresh: boolean
}

/** Hears of what cannot be restored. */
export type Skip = (path: string[], reason: string) => void

export interface ExtractPlan {
  /** The files in the tree's order; their folders and all links are made on the way. */
  files(): AsyncGenerator<WantedFile>
  /** Gives the folders their times and permissions, once nothing is written in them any more. */
  finishFolders(): Promise<void>
}

interface Folder {
  path: string[]
  local: LocalPath
  isFresh: boolean
}

/**
 * @param filter which nodes are wanted; nothing below a folder that is not.
 */
export function planExtraction(
  vault: Vault,
  treeId: string,
  root: string,
  filter: (path: string[], node: TreeNode) => boolean,
  skip: Skip,
  watch: Watch,
): ExtractPlan {
  const made: { local: LocalPath; node: TreeNode }[] = []

  async function* visit(tree: string, folder: Folder): AsyncGenerator<WantedFile> {
    stopIfAsked(watch)
    const nodes = await readTree(vault, tree).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error
      skip(folder.path, error.message)
      return []
    })
    const localNames = createLocalNames()
    for (const node of nodes) {
      const path = [...folder.path, node.name]
      const name = localNames(node.name)
      if (name === undefined) skip(path, 'Its name is not safe on this computer.')
      else if (filter(path, node)) yield* visitNode(path, node, folder, name)
    }
  }

  async function* visitNode(
    path: string[],
    node: TreeNode,
    folder: Folder,
    name: string,
  ): AsyncGenerator<WantedFile> {
    const local = joinLocal(folder.local, name)
    if (node.type === 'dir' && node.subtree !== null) {
      const found = await makeFolder(local).catch((error: unknown) => ({ refused: refusalIn(error) }))
      if (typeof found === 'object') return skip(path, found.refused)
      made.push({ local, node })
      yield* visit(node.subtree, { path, local, isFresh: found === 'made' })
    } else if (node.type === 'file' && node.content !== null) {
      const { size, modifiedAt, permissions } = node
      const temporary = temporaryFor(folder.local, name)
      const target = { temporary, path: local, size, modifiedAt, permissions }
      yield { path, content: node.content, target, isFresh: folder.isFresh }
    } else if (node.type === 'symlink' && node.linkTarget !== null) {
      const refused = await makeLink(local, node.linkTarget)
      if (refused !== undefined) skip(path, refused)
    } else {
      skip(path, `What is of the type “${node.type}” is not restored, or its content is not listed.`)
    }
  }

  return {
    async *files() {
      const first = await mkdir(root, { recursive: true })
      yield* visit(treeId, { path: [], local: root, isFresh: first !== undefined })
    },
    async finishFolders() {
      for (const { local, node } of made.reverse()) {
        const time = toSeconds(node.modifiedAt)
        // As with files, only if the file system knows such things. Our own snapshots have no times of folders.
        await chmod(local, node.permissions).catch(refusalIn)
        if (node.modifiedAt > 0) await utimes(local, time, time).catch(refusalIn)
      }
    },
  }
}

/** Said of what is not replaced. */
export const SOMETHING_ELSE = 'Something else of that name is there.'

/** What is at a path, without following a link. */
export async function findLocal(path: LocalPath): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
}

// A link in a folder's place is not followed: it could lead out of what the user chose.
async function makeFolder(path: LocalPath): Promise<'made' | 'there' | { refused: string }> {
  try {
    await mkdir(path, { mode: 0o700 })
    return 'made'
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await lstat(path)).isDirectory() ? 'there' : { refused: SOMETHING_ELSE }
  }
}

async function makeLink(path: LocalPath, to: string): Promise<string | undefined> {
  const wanted = nameBytes(to)
  try {
    await symlink(wanted, path)
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return refusalIn(error)
    const there = (await findLocal(path))?.isSymbolicLink() ? await readlink(path, 'buffer') : undefined
    return there?.equals(wanted) ? undefined : SOMETHING_ELSE
  }
}

// Always the same for a file, so that what an interrupted restore left is written over by the next.
function temporaryFor(folder: LocalPath, name: string): LocalPath {
  const tag = createHash('sha256').update(nameBytes(name)).digest('hex').slice(0, 16)
  return joinLocal(folder, `.sidekeep-${tag}.part`)
}
