/** How a phone's items are laid out in a snapshot, so that a person with any restic can find them; and back again. */
import { z } from 'zod'
import type { Collection, CollectionKind } from '../replica/collections.ts'
import type { Phone } from '../replica/phones.ts'

/** The file beside a phone's folders that says what files can't: which folder is which collection, with its properties. */
export const PHONE_FILE = 'sidekeep.json'

/** The folder of a phone's that holds a kind of collection. */
export const ROOM: Record<CollectionKind, string> = {
  contacts: 'Contacts',
  calendar: 'Calendars',
  files: 'Photos',
}
const EXTENSION = { contacts: '.vcf', calendar: '.ics' } as const

const propertySchema = z.object({ namespace: z.string(), local: z.string(), xml: z.string() })

const savedCollectionSchema = z.object({
  kind: z.enum(['contacts', 'calendar', 'files']),
  name: z.string().min(1),
  origin: z.enum(['ours', 'mirror']),
  displayName: z.string(),
  components: z.array(z.string()),
  /** Path of its folder below the phone's. */
  folder: z.array(z.string().min(1)).min(1),
  items: z.number().int().nonnegative(),
  properties: z.array(propertySchema),
})
export type SavedCollection = z.infer<typeof savedCollectionSchema>

const phoneFileSchema = z.object({
  format: z.literal(1),
  phone: z.object({ id: z.string(), name: z.string(), user: z.string() }),
  collections: z.array(savedCollectionSchema),
})
export type PhoneFile = z.infer<typeof phoneFileSchema>

export function writePhoneFile(phone: Phone, collections: SavedCollection[]): Buffer {
  const { id, name, user } = phone
  const file: PhoneFile = { format: 1, phone: { id, name, user }, collections }
  return Buffer.from(`${JSON.stringify(file, null, 1)}\n`)
}

/** @throws ZodError or SyntaxError when it is not what `writePhoneFile` writes. */
export function readPhoneFile(bytes: Uint8Array): PhoneFile {
  return phoneFileSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
}

/**
 * Gives each collection its folder below the phone's: `Contacts/Family`, `Calendars/Work`, and `Photos` for the one library.
 * Two of the same name are told apart by a number, in the order they were made.
 */
export function folderOf(collections: Collection[]): Map<number, string[]> {
  const folders = new Map<number, string[]>()
  const taken = new Set<string>()
  for (const collection of collections) {
    const room = ROOM[collection.kind]
    if (collection.kind === 'files') {
      folders.set(collection.id, [room])
      continue
    }
    const wanted = folderName(collection.displayName || collection.name)
    let name = wanted
    for (let n = 2; taken.has(`${room}/${name.toLowerCase()}`); n++) name = `${wanted} (${n})`
    taken.add(`${room}/${name.toLowerCase()}`)
    folders.set(collection.id, [room, name])
  }
  return folders
}

/** A name made safe as a file name on any system. */
export function folderName(text: string): string {
  const safe = text
    .replace(/[\p{Cc}/\\:*?"<>|]/gu, '_')
    .replace(/^\.+|[. ]+$/g, '')
    .trim()
  return [...safe].slice(0, 60).join('') || 'Unnamed'
}

/**
 * Path of an item below its collection's folder. A card or event whose name does not end as its kind does gets `~.vcf` or
 * `~.ics` added, so that other programs open it and `itemName` can take it off again.
 */
export function itemPath(kind: CollectionKind, name: string): string[] {
  if (kind === 'files') return name.split('/')
  const extension = EXTENSION[kind]
  const plain = name.endsWith(extension) && !name.endsWith(`~${extension}`)
  return [plain ? name : `${name}~${extension}`]
}

/** The item's name, from its path below the collection's folder. */
export function itemName(kind: CollectionKind, path: string[]): string {
  const name = path.join('/')
  if (kind === 'files') return name
  const added = `~${EXTENSION[kind]}`
  return name.endsWith(added) ? name.slice(0, -added.length) : name
}
