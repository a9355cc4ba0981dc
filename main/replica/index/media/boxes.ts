/** The boxes of which HEIF, AVIF, MP4 and QuickTime files are made (ISO/IEC 14496-12, 4.2). */
import type { Source } from './source.ts'

export interface Box {
  type: string
  /** Where its content lies in the file. */
  start: number
  end: number
}

// Real files have a few dozen boxes on a level.
const MOST_BOXES = 64

/** The boxes that lie one after the other between two places of the file. A box that reaches beyond is the last. */
export async function readBoxes(source: Source, start: number, end: number): Promise<Box[]> {
  const boxes: Box[] = []
  for (let at = start; at + 8 <= end && boxes.length < MOST_BOXES; ) {
    const header = await source.read(at, 16)
    const box = boxAt(header, at, end)
    if (!box) break
    boxes.push(box)
    at = box.end
  }
  return boxes
}

/** Undefined when there is none: the length must hold at least the header, and each step must lead on. */
function boxAt(header: Buffer, at: number, end: number): Box | undefined {
  if (header.length < 8) return undefined
  const short = header.readUInt32BE(0)
  const isLong = short === 1 && header.length === 16
  const length = isLong ? Number(header.readBigUInt64BE(8)) : short === 0 ? end - at : short
  const headerLength = isLong ? 16 : 8
  if (length < headerLength) return undefined
  return { type: header.toString('latin1', 4, 8), start: at + headerLength, end: Math.min(end, at + length) }
}

export function boxNamed(boxes: Box[], type: string): Box | undefined {
  return boxes.find((box) => box.type === type)
}

/** The content of a box, at most so many bytes of it. */
export function readContent(source: Source, box: Box, most: number): Promise<Buffer> {
  return source.read(box.start, Math.min(most, box.end - box.start))
}
