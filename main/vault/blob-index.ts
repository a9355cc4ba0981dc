/** The index in memory: where every blob lies, in about 60 bytes a blob. */
import type { BlobType, Pack, PackedBlob } from './pack.ts'

/** A blob and the pack it lies in. */
export interface BlobPlace extends PackedBlob {
  pack: string
}

/** Every copy of a blob is an entry of its own; entries are numbered from 0 in the order they were added. */
export interface BlobIndex {
  /** Count of entries. */
  readonly size: number
  has(type: BlobType, id: string): boolean
  /** The place of the copy added last. */
  find(type: BlobType, id: string): BlobPlace | undefined
  /** Every copy's place; a blob may lie in several packs. */
  findAll(type: BlobType, id: string): BlobPlace[]
  /** The entries of every copy of a blob, for bitmaps over the whole index; -1 where there is none or no other. */
  firstEntry(type: BlobType, id: string): number
  nextCopy(entry: number): number
  place(entry: number): BlobPlace
  /** Ids of all packs, in the order they were added. */
  packIds(): readonly string[]
  hasPack(id: string): boolean
  /** The pack's blobs by offset; empty when the pack is not in the index. */
  blobsOf(pack: string): PackedBlob[]
  /** The entries of a pack's blobs, in no order. */
  entriesOf(pack: string): number[]
  /** Adds a pack's blobs; those it has at the same place already are left out. */
  add(pack: Pack): void
}

// An entry is a row of 32-bit fields; rows lie in segments, so that growing never copies them.
const ID_WORDS = 8
const PACK = 8 // number of the pack
const OFFSET = 9
const LENGTH = 10
const UNCOMPRESSED = 11 // 0: not compressed, as no compressed blob is empty
const NEXT_IN_BUCKET = 12 // entry + 1; 0 ends the chain
const NEXT_IN_PACK = 13 // the same; the highest bit tells a tree
const FIELDS = 14
const TREE = 0x8000_0000
const ROWS_PER_SEGMENT = 4096

export function createBlobIndex(): BlobIndex {
  const segments: Uint32Array[] = []
  const packs: string[] = []
  const packNumbers = new Map<string, number>()
  const firstInPack: number[] = [] // entry + 1
  let buckets = new Uint32Array(1024)
  let size = 0
  const wanted = new Uint32Array(ID_WORDS)
  const wantedBytes = Buffer.from(wanted.buffer)

  const row = (entry: number): Uint32Array => segments[Math.floor(entry / ROWS_PER_SEGMENT)]!
  const field = (entry: number, which: number): number =>
    row(entry)[(entry % ROWS_PER_SEGMENT) * FIELDS + which]!
  const isTree = (entry: number): boolean => field(entry, NEXT_IN_PACK) >= TREE

  // Ids are hashes already: any of their bits serve to spread them.
  const bucketOf = (word: number): number => word & (buckets.length - 1)

  /** From this entry + 1 on along the bucket, the next entry with the wanted id and type; -1 if none. */
  function seek(entryPlusOne: number, tree: boolean): number {
    for (let next = entryPlusOne; next !== 0; next = field(next - 1, NEXT_IN_BUCKET)) {
      const fields = row(next - 1)
      const at = ((next - 1) % ROWS_PER_SEGMENT) * FIELDS
      let word = 0
      while (word < ID_WORDS && fields[at + word] === wanted[word]) word++
      if (word === ID_WORDS && isTree(next - 1) === tree) return next - 1
    }
    return -1
  }

  function firstEntry(type: BlobType, id: string): number {
    if (wantedBytes.write(id, 'hex') !== wantedBytes.length) throw new Error(`not an id: ${id}`)
    return seek(buckets[bucketOf(wanted[0]!)]!, type === 'tree')
  }

  function nextCopy(entry: number): number {
    const fields = row(entry)
    const at = (entry % ROWS_PER_SEGMENT) * FIELDS
    for (let word = 0; word < ID_WORDS; word++) wanted[word] = fields[at + word]!
    return seek(fields[at + NEXT_IN_BUCKET]!, isTree(entry))
  }

  function place(entry: number): BlobPlace {
    const fields = row(entry)
    const at = (entry % ROWS_PER_SEGMENT) * FIELDS
    const id = Buffer.from(fields.buffer, fields.byteOffset + at * 4, ID_WORDS * 4).toString('hex')
    return {
      type: isTree(entry) ? 'tree' : 'data',
      id,
      offset: fields[at + OFFSET]!,
      length: fields[at + LENGTH]!,
      uncompressedLength: fields[at + UNCOMPRESSED]! || null,
      pack: packs[fields[at + PACK]!]!,
    }
  }

  function numberOf(pack: string): number {
    const known = packNumbers.get(pack)
    if (known !== undefined) return known
    packs.push(pack)
    firstInPack.push(0)
    packNumbers.set(pack, packs.length - 1)
    return packs.length - 1
  }

  function add({ id: packId, blobs }: Pack): void {
    const knownPack = packNumbers.has(packId)
    const pack = numberOf(packId)
    for (const blob of blobs) {
      if (
        knownPack &&
        findAll(blob.type, blob.id).some((it) => it.pack === packId && it.offset === blob.offset)
      ) {
        continue
      }
      addEntry(pack, blob)
    }
  }

  function addEntry(pack: number, blob: PackedBlob): void {
    if (size === buckets.length) growBuckets()
    if (size % ROWS_PER_SEGMENT === 0) segments.push(new Uint32Array(ROWS_PER_SEGMENT * FIELDS))
    if (wantedBytes.write(blob.id, 'hex') !== wantedBytes.length) throw new Error(`not an id: ${blob.id}`)
    const entry = size++
    const fields = row(entry)
    const at = (entry % ROWS_PER_SEGMENT) * FIELDS
    fields.set(wanted, at)
    fields[at + PACK] = pack
    fields[at + OFFSET] = blob.offset
    fields[at + LENGTH] = blob.length
    fields[at + UNCOMPRESSED] = blob.uncompressedLength ?? 0
    fields[at + NEXT_IN_PACK] = firstInPack[pack]! + (blob.type === 'tree' ? TREE : 0)
    firstInPack[pack] = entry + 1
    chain(entry)
  }

  function chain(entry: number): void {
    const bucket = bucketOf(field(entry, 0))
    row(entry)[(entry % ROWS_PER_SEGMENT) * FIELDS + NEXT_IN_BUCKET] = buckets[bucket]!
    buckets[bucket] = entry + 1
  }

  function growBuckets(): void {
    buckets = new Uint32Array(buckets.length * 2)
    for (let entry = 0; entry < size; entry++) chain(entry)
  }

  function findAll(type: BlobType, id: string): BlobPlace[] {
    const places: BlobPlace[] = []
    for (let entry = firstEntry(type, id); entry !== -1; entry = nextCopy(entry)) places.push(place(entry))
    return places
  }

  function entriesOf(pack: string): number[] {
    const number = packNumbers.get(pack)
    const entries: number[] = []
    let next = number === undefined ? 0 : firstInPack[number]!
    for (; next !== 0; next = field(next - 1, NEXT_IN_PACK) % TREE) entries.push(next - 1)
    return entries
  }

  return {
    get size() {
      return size
    },
    has: (type, id) => firstEntry(type, id) !== -1,
    find(type, id) {
      const entry = firstEntry(type, id)
      return entry === -1 ? undefined : place(entry)
    },
    findAll,
    firstEntry,
    nextCopy,
    place,
    packIds: () => packs,
    hasPack: (id) => packNumbers.has(id),
    blobsOf(pack) {
      const blobs = entriesOf(pack).map((entry) => {
        const { pack: _, ...blob } = place(entry)
        return blob
      })
      return blobs.sort((a, b) => a.offset - b.offset)
    },
    entriesOf,
    add,
  }
}
