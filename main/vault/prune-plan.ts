/** What a prune should do, from the index and what is in use: which packs go, which are written anew, which stay. Nothing is changed here. */
import { Problem } from '../problem.ts'
import type { BlobIndex } from './blob-index.ts'
import { type PackedBlob, packSize } from './pack.ts'

export interface PruneFigures {
  packs: number
  /** Bytes of all packs before. */
  bytes: number
  /** Bytes of blobs in use, each counted once. */
  usedBytes: number
  unusedBlobs: number
  /** Second and further copies of blobs in use. */
  doubleBlobs: number
  packsRemoved: number
  packsRepacked: number
  /** About how many bytes this frees, less what is written anew. */
  bytesFreed: number
  /** Bytes of unused blobs that stay because moving their neighbours costs more than they do. */
  unusedBytesLeft: number
}

export interface PrunePlan {
  /** Packs that no index lists: left by a run that was cut off. */
  unindexed: string[]
  /** Packs in the index of which nothing is needed; their files may be gone already. */
  unused: string[]
  /** Packs whose needed blobs are written into new packs. */
  repack: string[]
  /** For each entry of the index 1 if this copy is the one that is needed. */
  needed: Uint8Array
  /** The entries chosen among several copies. */
  chosen: number[]
  figures: PruneFigures
}

export interface PruneLimits {
  /** Share of unused bytes, 0 to 1, that may stay in the vault; 0.05 unless told. */
  mostUnused?: number
}

const MOST_UNUSED = 0.05
const MIB = 1024 * 1024
/** Fewer small packs than this are left as they are. */
const MANY_SMALL = 10

/** A pack and what of it is needed. */
interface Share {
  id: string
  /** Bytes of the file; undefined when it is not there, or not as long as the index says. */
  size: number | undefined
  neededBytes: number
  neededBlobs: number
  unneededBytes: number
  holds: 'data' | 'tree' | 'both'
  /** Trees are always compressed; a pack with others is written anew. */
  hasPlainTree: boolean
}

/**
 * Plans by the rules of restic's prune.
 * @param used for each blob in use, 1 at the entry that `index.firstEntry` gives for it.
 * @param files the size of every pack file there is, by id.
 * @throws Problem `vault-damaged` when a blob in use lies only in packs that are missing or cut short.
 */
export function planPrune(
  index: BlobIndex,
  used: Uint8Array,
  files: ReadonlyMap<string, number>,
  { mostUnused = MOST_UNUSED }: PruneLimits = {},
): PrunePlan {
  const shares = new Map(index.packIds().map((id) => [id, emptyShare(index, id, files)]))
  const needed = new Uint8Array(index.size)
  const chosen: number[] = []
  let doubleBlobs = 0

  const shareOf = (entry: number): Share => shares.get(index.place(entry).pack)!
  const need = (entry: number, share: Share): void => {
    needed[entry] = 1
    share.neededBlobs++
    share.neededBytes += index.place(entry).length
  }

  const several: number[] = []
  for (let entry = 0; entry < index.size; entry++) {
    if (!used[entry]) continue
    if (index.nextCopy(entry) !== -1) several.push(entry)
    else need(entry, present(shareOf(entry)))
  }
  // Of several copies the one in the fullest pack stays, so that the others' packs may go as a whole.
  for (const first of several) {
    const copies = copiesOf(index, first).map((entry) => ({ entry, share: shareOf(entry) }))
    const [best] = copies
      .filter(({ share }) => share.size !== undefined)
      .sort((a, b) => b.share.neededBytes - a.share.neededBytes)
    if (!best) throw missingPack(copies[0]!.share.id)
    need(best.entry, best.share)
    chosen.push(best.entry)
    doubleBlobs += copies.length - 1
  }

  const usedBlobs = sum(shares.values(), ({ neededBlobs }) => neededBlobs)
  const usedBytes = sum(shares.values(), ({ neededBytes }) => neededBytes)
  for (const share of shares.values()) {
    share.unneededBytes = sum(index.blobsOf(share.id), ({ length }) => length) - share.neededBytes
  }

  const unindexed = [...files.keys()].filter((id) => !shares.has(id))
  const unused = [...shares.values()].filter(({ neededBlobs }) => neededBlobs === 0)
  const staying = [...shares.values()].filter(({ neededBlobs }) => neededBlobs > 0)
  const repack = chooseRepack(staying, (usedBytes * mostUnused) / (1 - mostUnused))
  const repackedIds = new Set(repack.map(({ id }) => id))
  const left = staying.filter(({ id }) => !repackedIds.has(id))
  return {
    unindexed,
    unused: unused.map(({ id }) => id),
    repack: [...repackedIds],
    needed,
    chosen,
    figures: {
      packs: files.size,
      bytes: sum(files.values(), (size) => size),
      usedBytes,
      unusedBlobs: index.size - usedBlobs - doubleBlobs,
      doubleBlobs,
      packsRemoved: unindexed.length + unused.length + repack.length,
      packsRepacked: repack.length,
      bytesFreed:
        sum(unindexed, (id) => files.get(id)!) +
        sum(unused, ({ id }) => files.get(id) ?? 0) +
        sum(repack, ({ unneededBytes }) => unneededBytes),
      unusedBytesLeft: sum(left, ({ unneededBytes }) => unneededBytes),
    },
  }
}

function chooseRepack(packs: Share[], mostUnusedBytes: number): Share[] {
  const small = smallPacks(packs)
  const mustGo = (share: Share) => share.holds !== 'data' || small.has(share)
  const candidates = packs.filter(
    (share) => share.unneededBytes > 0 || share.hasPlainTree || share.holds === 'both' || small.has(share),
  )
  const unusedShare = ({ unneededBytes, neededBytes }: Share) => unneededBytes / (unneededBytes + neededBytes)
  candidates.sort((a, b) => Number(mustGo(b)) - Number(mustGo(a)) || unusedShare(b) - unusedShare(a))
  let unusedBytes = sum(packs, ({ unneededBytes }) => unneededBytes)
  return candidates.filter((share) => {
    if (!mustGo(share) && unusedBytes <= mostUnusedBytes) return false
    unusedBytes -= share.unneededBytes
    return true
  })
}

/** Packs far below the usual size, where there are so many of a kind that joining them pays. */
function smallPacks(packs: Share[]): Set<Share> {
  const sizes = packs.map(({ size }) => size ?? 0).sort((a, b) => a - b)
  const usual = Math.max(4 * MIB, sizes[Math.floor(sizes.length * 0.03)] ?? 0)
  const small = packs.filter(({ size }) => (size ?? 0) < 0.8 * usual)
  const ofKind = (kind: Share['holds']) => small.filter(({ holds }) => holds === kind)
  return new Set([ofKind('data'), ofKind('tree')].filter(({ length }) => length >= MANY_SMALL).flat())
}

function emptyShare(index: BlobIndex, id: string, files: ReadonlyMap<string, number>): Share {
  const blobs = index.blobsOf(id)
  const size = files.get(id)
  return {
    id,
    size: size === packSize(blobs) ? size : undefined,
    neededBytes: 0,
    neededBlobs: 0,
    unneededBytes: 0,
    holds: kindOf(blobs),
    hasPlainTree: blobs.some(
      ({ type, uncompressedLength }) => type === 'tree' && uncompressedLength === null,
    ),
  }
}

function kindOf(blobs: PackedBlob[]): Share['holds'] {
  const trees = blobs.filter(({ type }) => type === 'tree').length
  if (trees === 0) return 'data'
  return trees === blobs.length ? 'tree' : 'both'
}

function copiesOf(index: BlobIndex, first: number): number[] {
  const copies = [first]
  for (let entry = index.nextCopy(first); entry !== -1; entry = index.nextCopy(entry)) copies.push(entry)
  return copies
}

function present(share: Share): Share {
  if (share.size === undefined) throw missingPack(share.id)
  return share
}

function missingPack(id: string): Problem {
  return new Problem(
    'vault-damaged',
    `The pack ${id} is missing or was cut short, and something in it is still needed. Nothing was removed.`,
    'Repair the vault first.',
  )
}

function sum<T>(items: Iterable<T>, value: (item: T) => number): number {
  let total = 0
  for (const item of items) total += value(item)
  return total
}
