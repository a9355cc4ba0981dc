/** Small pictures of files that wait: decoded one at a time and scaled at once, so that memory stays flat. */

const EDGE = 96
const LARGEST = 60 * 1000 ** 2

let last: Promise<unknown> = Promise.resolve()

/** Draws the file's picture onto the canvas. @returns false when the browser cannot show it, or when `wanted` says no in time. */
export function drawThumbnail(
  file: File,
  canvas: HTMLCanvasElement,
  wanted: () => boolean,
): Promise<boolean> {
  const mine = last.then(() => wanted() && draw(file, canvas))
  last = mine
  return mine
}

async function draw(file: File, canvas: HTMLCanvasElement): Promise<boolean> {
  if (!file.type.startsWith('image/') || file.size > LARGEST) return false
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: EDGE * 2, resizeQuality: 'low' })
    const side = Math.min(bitmap.width, bitmap.height)
    canvas.width = EDGE
    canvas.height = EDGE
    const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2]
    canvas.getContext('2d')?.drawImage(bitmap, x, y, side, side, 0, 0, EDGE, EDGE)
    bitmap.close()
    return true
  } catch {
    return false
  }
}
