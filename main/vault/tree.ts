/** Trees: a folder's nodes as a JSON blob, in the byte order of their names. */
import { z } from 'zod'
import { Problem } from '../problem.ts'
import { decodeName, quoteName, unquoteName } from './node-name.ts'

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

const Id = z.string().regex(/^[0-9a-f]{64}$/)
const Node = z.object({
  name: z.string(),
  type: z.string(),
  mode: z.number().default(0),
  mtime: z.string(),
  size: z.number().default(0),
  content: z.array(Id).nullish(),
  subtree: Id.nullish(),
  linktarget: z.string().nullish(),
  linktarget_raw: z.base64().nullish(),
})
const Tree = z.object({ nodes: z.array(Node).nullable() })

/** What a folder without nodes is. */
export const EMPTY_TREE = Buffer.from('{"nodes":[]}\n')

/** The nodes of a tree. @throws Problem `vault-damaged` when the bytes are none. */
export function parseTree(bytes: Buffer): TreeNode[] {
  return (parsed(Tree, bytes).nodes ?? []).map(toTreeNode)
}

/** A node by itself. @throws Problem `vault-damaged`. */
export function parseNode(bytes: Buffer): TreeNode {
  return toTreeNode(parsed(Node, bytes))
}

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new Problem('vault-damaged', 'A folder in the vault cannot be read.', 'Check the vault.', { cause })
  }
}

function toTreeNode(node: z.infer<typeof Node>): TreeNode {
  return {
    name: unquoteName(node.name),
    type: node.type,
    modifiedAt: Date.parse(node.mtime),
    size: node.size,
    permissions: node.mode & 0o777,
    content: node.content ?? null,
    subtree: node.subtree ?? null,
    linkTarget: node.linktarget_raw
      ? decodeName(Buffer.from(node.linktarget_raw, 'base64'))
      : (node.linktarget ?? null),
  }
}

// Everything that we do not know or that would change without the content changing is constant, so that
// the same content always gives the same tree.
const FOLDER_TIME = '1970-01-01T00:00:00Z'
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700 + 2 ** 31

/** What a file's node tells of it besides its name. */
export interface FileState {
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** Ids of its data blobs in order. */
  content: string[]
}

/** The JSON of a file's node, as restic would write it. */
export function fileNode(name: string, { size, modifiedAt, content }: FileState): string {
  const time = goTime(modifiedAt)
  const sizeField = size === 0 ? '' : `,"size":${size}`
  return `{"name":${goString(quoteName(name))},"type":"file","mode":${FILE_MODE},"mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0${sizeField},"content":${JSON.stringify(content)}}`
}

/** The JSON of a folder's node. */
export function folderNode(name: string, subtree: string): string {
  return `{"name":${goString(quoteName(name))},"type":"dir","mode":${FOLDER_MODE},"mtime":"${FOLDER_TIME}","atime":"${FOLDER_TIME}","ctime":"${FOLDER_TIME}","uid":0,"gid":0,"content":null,"subtree":"${subtree}"}`
}

/** JSON as Go's encoding/json writes it. */
function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const YEAR_0 = -62_167_219_200_000
const YEAR_9999_END = 253_402_300_799_999

/** RFC 3339 in UTC with trailing zeros cut, within the years that it can tell. */
export function goTime(milliseconds: number): string {
  const inRange = Math.min(Math.max(Math.trunc(milliseconds), YEAR_0), YEAR_9999_END)
  return new Date(inRange).toISOString().replace(/\.?0*Z$/, 'Z')
}
