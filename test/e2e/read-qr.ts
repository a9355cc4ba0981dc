/** Reads a QR code off a terminal, as a phone's camera reads it off the screen. */
import decode from 'jsqr'

/** Pixels of each square's side. */
const SCALE = 4
/** Two squares, one above the other, in one character: whether each is lit. */
const BLOCKS: Readonly<Record<string, readonly [boolean, boolean]>> = {
  ' ': [false, false],
  '▀': [true, false],
  '▄': [false, true],
  '█': [true, true],
}

/** @param printed all that a program printed. @returns what the code in it says; undefined when there is none to be read. */
export function readQr(printed: string): string | undefined {
  const lines = printed.split('\n').filter((line) => /[▀▄█]/.test(line) && !/[^ ▀▄█]/.test(line))
  const rows = lines.flatMap((line) => {
    const squares = [...line].map((character) => BLOCKS[character]!)
    return [squares.map(([upper]) => upper), squares.map(([, lower]) => lower)]
  })
  const [width, height] = [Math.max(0, ...rows.map(({ length }) => length)) * SCALE, rows.length * SCALE]
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLit = rows[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] ?? false
      pixels.fill(isLit ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3)
    }
  }
  return decode.default(pixels, width, height)?.data
}
