/** Recognises motion photos, which have a film inside, and Google's bursts, by what phones write beside the picture. */
import { boxNamed, readBoxes } from './boxes.ts'
import type { Source } from './source.ts'
import { identifierIn } from './traces.ts'

// `GCamera:MotionPhoto="1"` or, in older phones, `GCamera:MicroVideo`; also written as an element
// (developer.android.com, Motion Photo format 1.0).
const MOTION = /\b(?:GCamera|Camera):(?:MotionPhoto|MicroVideo)\s*(?:=\s*["']1["']|>\s*1\s*<)/
const BURST = /\bGCamera:BurstID\s*(?:=\s*["']([^"']{1,80})["']|>([^<]{1,80})<)/

/** What an XMP packet says of motion and bursts. */
export function readXmp(xmp: string): { hasFilm: boolean; burstId: string | null } {
  const burst = BURST.exec(xmp)
  return { hasFilm: MOTION.test(xmp), burstId: identifierIn(burst?.[1] ?? burst?.[2] ?? '') }
}

// Samsung's list of what lies behind the picture: its head, its entries of 12 bytes, its length and its end mark.
const SAMSUNG_END = 'SEFT'
const SAMSUNG_HEAD = 'SEFH'
const SAMSUNG_MOTION = 0x0a30
const LONGEST_LIST = 4096

/** Whether a list of Samsung's at the end of the file names a film. */
export async function hasSamsungFilm(source: Source): Promise<boolean> {
  const end = await source.read(source.size - 8, 8)
  if (end.toString('latin1', 4, 8) !== SAMSUNG_END) return false
  const length = end.readUInt32LE(0)
  if (length < 12 || length > LONGEST_LIST) return false
  const list = await source.read(source.size - 8 - length, length)
  if (list.length < 12 || list.toString('latin1', 0, 4) !== SAMSUNG_HEAD) return false
  const count = list.readUInt32LE(8)
  for (let n = 0, at = 12; n < count && at + 12 <= list.length; n++, at += 12) {
    if (list.readUInt16LE(at + 2) === SAMSUNG_MOTION) return true
  }
  return false
}

/** Whether a HEIF picture has a film in the box that the motion photo format names for it. */
export async function hasFilmBox(source: Source): Promise<boolean> {
  return boxNamed(await readBoxes(source, 0, source.size), 'mpvd') !== undefined
}
