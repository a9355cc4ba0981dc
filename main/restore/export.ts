/** Writes a point in time as open files that any other program takes: one .vcf per book, one .ics per calendar, photo folders. */
import { createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { folderName } from '../backup/layout.ts'
import { countDone, stopIfAsked, totalOf, type Watch } from '../progress.ts'
import type { World } from '../world.ts'
import { localPaths } from './local-paths.ts'
import { mergeCalendars } from './merge-calendars.ts'
import { mergeCards } from './merge-cards.ts'
import type { Point, PointCollection, PointItem } from './point.ts'

export interface Exported {
  folder: string
  contacts: number
  events: number
  photos: number
  bytes: number
}

/**
 * Exports into `folder`, which is made if it is not there. Run again after an interruption, it goes on: photos that are there whole
 * are not written again.
 */
export async function exportPoint(
  world: World,
  point: Point,
  folder: string,
  watch: Watch,
): Promise<Exported> {
  const exported: Exported = { folder, contacts: 0, events: 0, photos: 0, bytes: 0 }
  const total = totalOf(point.collections.flatMap(({ items }) => items))
  const tell = countDone('Exporting', total, watch)
  const done = (item: PointItem) => {
    stopIfAsked(watch)
    exported.bytes += item.size
    tell(item)
  }
  await mkdir(folder, { recursive: true })
  const taken = new Set<string>()
  for (const collection of point.collections) {
    const { kind } = collection.saved
    if (kind === 'contacts') {
      await writeWhole(world, fileFor(collection, '.vcf'), mergeCards(collection.items, done))
      exported.contacts += collection.items.length
    } else if (kind === 'calendar') {
      await writeWhole(world, fileFor(collection, '.ics'), mergeCalendars(collection.items, done))
      exported.events += collection.items.length
    } else {
      const paths = localPaths(collection.items.map(({ name }) => name))
      for (const [n, item] of collection.items.entries()) {
        await exportPhoto(world, join(folder, 'Photos', ...paths[n]!.split('/')), item)
        done(item)
      }
      exported.photos += collection.items.length
    }
  }
  return exported

  function fileFor({ saved }: PointCollection, extension: string): string {
    const wanted = folderName(saved.displayName || saved.name)
    let name = wanted
    for (let n = 2; taken.has((name + extension).toLowerCase()); n++) name = `${wanted} (${n})`
    taken.add((name + extension).toLowerCase())
    return join(folder, name + extension)
  }
}

async function exportPhoto(world: World, path: string, item: PointItem): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there?.size === item.size && Math.abs(there.mtimeMs - item.modifiedAt) < 1) return
  await mkdir(dirname(path), { recursive: true })
  await writeWhole(world, path, item.stream(), item.modifiedAt)
}

// Under another name until it is whole, so that a cut-off export leaves no half file that looks like a whole one.
async function writeWhole(
  world: World,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  modifiedAt?: number,
): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path).slice(0, 100)}.${world.random(4).toString('hex')}.part`,
  )
  try {
    await pipeline(Readable.from(bytes), createWriteStream(temporary, { flags: 'wx' }))
    if (modifiedAt !== undefined) await utimes(temporary, modifiedAt / 1000, modifiedAt / 1000)
    const file = await open(temporary, 'r+')
    await world.durability.syncFile(file).finally(() => file.close())
    await rename(temporary, path)
    await world.durability.syncFolder(dirname(path))
  } finally {
    await rm(temporary, { force: true })
  }
}
