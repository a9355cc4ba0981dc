/** Reads property lists, in XML or binary, and the one object that NSKeyedArchiver packs into one. */
import { parseBinary } from 'plist'
import { readXmlPropertyList } from './xml-property-list.ts'

/** The values in it; dictionaries as objects. @throws Error when it is none. */
export function readPropertyList(bytes: Uint8Array): unknown {
  const isBinary = Buffer.from(bytes.subarray(0, 6)).toString('latin1') === 'bplist'
  return isBinary ? parseBinary(bytes) : readXmlPropertyList(Buffer.from(bytes).toString('utf8'))
}

/** The fields of the archived root object, with references to other objects followed one step. @throws Error when it is none. */
export function readArchivedObject(bytes: Uint8Array): Record<string, unknown> {
  const archive = asRecord(parseBinary(bytes))
  const objects = Array.isArray(archive.$objects) ? (archive.$objects as unknown[]) : []
  const follow = (value: unknown): unknown => {
    const index = uidOf(value)
    return index === undefined ? value : objects[index]
  }
  const root = asRecord(follow(asRecord(archive.$top).root))
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, follow(value)]))
}

function uidOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('UID' in value)) return undefined
  return typeof value.UID === 'number' ? value.UID : undefined
}

/** The value as a dictionary. @throws Error when it is none. */
export function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw new Error('A dictionary was expected in a property list.')
}
