/** Trees: a folder's nodes as a JSON blob, in the byte order of their names. */

/** A name in a folder, as far as we read it. */
export interface TreeNode {
  /** Bytes that are not UTF-8 stand as lone surrogates U+DC80 to U+DCFF. */
  name: string
  type: string
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** Bytes; 0 but for files. */
  size: number
  /** Permission bits, 0 to 0o777. */
  permissions: number
  /** Ids of a file's data blobs in order; null when the tree lacks them or it is not a file. */
  content: string[] | null
  /** Id of a folder's tree. */
  subtree: string | null
  linkTarget: string | null
}
