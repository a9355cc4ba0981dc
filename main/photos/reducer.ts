/** Makes a picture small while its tiles come in: the average of each square of pixels. */

/** Rows of red, green and blue, a byte each, without gaps. */
export interface Pixels {
  rgb: Uint8Array
  width: number
  height: number
}

export interface Tile {
  /** Its first byte is that of the tile's first pixel. */
  rgb: Uint8Array
  /** Bytes from one row to the next. */
  stride: number
  width: number
  height: number
  /** Where it lies in the picture; a part of it may lie outside. */
  left: number
  top: number
}

export interface Reducer {
  add(tile: Tile): void
  /** The small picture; black where no tile came. */
  pixels(): Pixels
}

/**
 * @param width of the whole picture, as is `height`.
 * @param least longest side that the small picture must have; it has less than twice that, or is as large as the whole.
 */
export function createReducer(width: number, height: number, least: number): Reducer {
  const step = Math.max(1, Math.floor(Math.max(width, height) / least))
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)]
  const sums = new Uint32Array(columns * rows * 3)
  const counts = new Uint32Array(columns * rows)

  return {
    add({ rgb, stride, left, top, ...tile }) {
      const [right, bottom] = [Math.min(tile.width, width - left), Math.min(tile.height, height - top)]
      for (let y = Math.max(0, -top); y < bottom; y++) {
        const row = Math.floor((top + y) / step) * columns
        for (let x = Math.max(0, -left), from = y * stride + x * 3; x < right; x++, from += 3) {
          const to = row + Math.floor((left + x) / step)
          counts[to]!++
          sums[to * 3]! += rgb[from]!
          sums[to * 3 + 1]! += rgb[from + 1]!
          sums[to * 3 + 2]! += rgb[from + 2]!
        }
      }
    },
    pixels() {
      const rgb = new Uint8Array(sums.length)
      for (let n = 0; n < sums.length; n++) rgb[n] = sums[n]! / Math.max(1, counts[Math.floor(n / 3)]!)
      return { rgb, width: columns, height: rows }
    },
  }
}
