/** What is brought back into a source: of a point in time, the things that came from it, under the names it knows them by. */
import type { SendRequest, SentItem } from '../links/link.ts'
import { stopIfAsked, type Watch } from '../progress.ts'
import type { CollectionKind } from '../replica/collections.ts'
import type { Reader } from '../replica/replica.ts'
import type { Point, PointCollection } from '../restore/point.ts'
import { sourcePaths } from './captured-files.ts'
import { type BoundSource, listMirrors } from './sources.ts'

/** What of the phone to send; everything where a field is left out. */
export interface SendScope {
  kinds?: readonly CollectionKind[] | undefined
  /** Names of collections; left out, those that came from the source, and all where none did. */
  collections?: readonly string[] | undefined
}

/**
 * Gathers what to send. Cards and events are read into memory; files are opened when their turn comes.
 * @param bound the source as it was captured; undefined for one that never was, or for another phone's data.
 */
export async function gather(
  reader: Reader,
  bound: BoundSource | undefined,
  point: Point,
  { kinds, collections }: SendScope,
  watch: Watch,
): Promise<Pick<SendRequest, 'items' | 'files'>> {
  const mirrors = new Map(
    (bound ? listMirrors(reader, bound.key) : []).map((one) => [keyOf(one), one.capturedId]),
  )
  const paths = bound ? sourcePaths(reader, bound.key) : new Map<string, string[]>()
  const ofKind = point.collections.filter(({ saved }) => !kinds || kinds.includes(saved.kind))
  const isOwn = ({ saved }: PointCollection) => mirrors.has(keyOf(saved))
  const chosen = ofKind.filter((one) => {
    if (collections)
      return collections.includes(one.saved.name) || collections.includes(one.saved.displayName)
    const own = ofKind.filter(({ saved }) => saved.kind === one.saved.kind).some(isOwn)
    return one.saved.kind === 'files' || !own || isOwn(one)
  })
  const items: SentItem[] = []
  const files: SendRequest['files'][number][] = []
  for (const { saved, items: held } of chosen) {
    for (const { name, size, modifiedAt, bytes, stream } of held) {
      stopIfAsked(watch)
      if (saved.kind === 'files') {
        const open = () => stream()
        for (const path of paths.get(name) ?? [name]) files.push({ path, size, modifiedAt, open })
      } else {
        const collection = { id: mirrors.get(keyOf(saved)) ?? null, displayName: saved.displayName }
        items.push({ kind: saved.kind, name, bytes: await bytes(), collection })
      }
    }
  }
  return { items, files }
}

function keyOf({ kind, name }: { kind: CollectionKind; name: string }): string {
  return `${kind}/${name}`
}
