/** The way back: reading trees and files of a snapshot, and writing them to a folder. */
import type { Readable } from 'node:stream'
import type { Watch } from '../progress.ts'
import type { TreeNode } from './tree.ts'
import type { Vault } from './vault.ts'

/** A node and where it stands below the tree the walk began at. */
export interface WalkEntry {
  path: string[]
  node: TreeNode
}

export interface ExtractResult {
  files: number
  bytes: number
  /** Files that were there already with the same content. */
  alreadyThere: number
  /** What could not be written, and why. */
  skipped: { path: string[]; reason: string }[]
}

export type Walk = (vault: Vault, treeId: string) => AsyncIterable<WalkEntry>
export type FindNode = (vault: Vault, treeId: string, path: string[]) => Promise<TreeNode | undefined>
export type ReadFile = (vault: Vault, node: TreeNode) => Readable
export type ReadFileBytes = (vault: Vault, node: TreeNode) => Promise<Buffer>
export type ExtractTo = (
  vault: Vault,
  treeId: string,
  folder: string,
  options: { filter?: (path: string[], node: TreeNode) => boolean },
  watch: Watch,
) => Promise<ExtractResult>
