/** A phone's photos as files: every photo of the corpus, and made ones with the camera's details, small and large. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { makePhoto } from '../bench/data.ts'
import { corpusFiles } from '../corpus.ts'
import { seeded } from '../phone/chance.ts'
import { takePhoto } from '../phone/make-photo.ts'

export interface PhotoFile {
  path: string
  size: number
  /** SHA-256, hex. */
  hash: string
}

const NOW = new Date('2026-11-22T12:00:00Z')
/** Bytes of made photos whose pictures are noise: as large as a camera's. */
const LARGE = 2_000_000

/**
 * @param folder made, and filled with what is not of the corpus.
 * @param large how many of those are as large as a camera's.
 * @param least how many there are to be in all.
 */
export async function somePhotos(folder: string, large: number, least: number): Promise<PhotoFile[]> {
  await mkdir(folder)
  const chance = seeded(8)
  // `.exif` is no photo: the page leaves it out.
  const paths = corpusFiles('photos')
    .map(({ path }) => path)
    .filter((path) => !path.endsWith('.exif'))
  while (paths.length < least - large) {
    const { path, data, modifiedAt } = takePhoto(chance, NOW, { width: 64, height: 48 })
    paths.push(await save(join(folder, basename(path)), data, modifiedAt))
  }
  for (let n = 0; n < large; n++)
    paths.push(await save(join(folder, `Spaß am See ${n} 🏖.jpg`), makePhoto(n, LARGE), 1_700_000_000 + n))
  return Promise.all(paths.map(describeFile))
}

async function save(path: string, data: Buffer, modifiedAt: number): Promise<string> {
  await writeFile(path, data)
  await utimes(path, modifiedAt, modifiedAt)
  return path
}

async function describeFile(path: string): Promise<PhotoFile> {
  const bytes = await readFile(path)
  return { path, size: bytes.length, hash: hashOf(bytes) }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
