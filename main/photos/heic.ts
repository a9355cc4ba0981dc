/** Decodes HEIC small, with libheif in WebAssembly: tile by tile, so that a large photo takes little more memory than a small one. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { MainModule } from 'libheif-js/libheif-wasm/libheif.js'
import { createReducer, type Pixels } from './reducer.ts'
import { type ShrinkLimits, THUMBNAIL_SIZE } from './shrink.ts'

// Numbers of its C interface.
const COLORSPACE_RGB = 1
const CHROMA_INTERLEAVED_RGB = 10
const CHANNEL_INTERLEAVED = 10
// A small picture of half our size will do; of older phones it is 240 pixels wide.
const ENOUGH = THUMBNAIL_SIZE / 2
// What a tile takes while it is decoded, as measured.
const BYTES_PER_PIXEL = 5
// The decoder's memory only grows; after a large picture it is let go of, and made anew for the next.
const MOST_KEPT = 48 << 20

const require = createRequire(import.meta.url)
let decoder: MainModule | undefined

/**
 * The primary picture, upright, at least as large as a thumbnail and at most twice as large.
 * @throws Error when the file is broken, or larger than the limits allow.
 */
export async function decodeHeic(path: string, limits: ShrinkLimits): Promise<Pixels> {
  const bytes = await readFile(path)
  decoder ??= await loadDecoder()
  const heif = decoder
  try {
    return decode(heif, bytes, limits)
  } catch (error) {
    // After a trap nothing in there can be relied on.
    decoder = undefined
    throw error
  } finally {
    if (heif.HEAPU8.length > MOST_KEPT) decoder = undefined
  }
}

async function loadDecoder(): Promise<MainModule> {
  const start = require('libheif-js/libheif-wasm/libheif.js') as (options: object) => MainModule
  const wasmBinary = await readFile(require.resolve('libheif-js/libheif-wasm/libheif.wasm'))
  return start({ wasmBinary })
}

function decode(heif: MainModule, bytes: Buffer, limits: ShrinkLimits): Pixels {
  const memory = createMemory(heif)
  const context = heif._heif_context_alloc()
  try {
    // Behind the structure's version: the most pixels that a picture may turn out to have, 64 bits.
    memory.write(heif._heif_context_get_security_limits(context) + 8, [limits.pixels, 0])
    const file = memory.take(bytes.length)
    heif.HEAPU8.set(bytes, file)
    memory.check((error) => heif._heif_context_read_from_memory(error, context, file, bytes.length, 0))
    const primary = memory.make((error, out) =>
      heif._heif_context_get_primary_image_handle(error, context, out),
    )
    const small = smallPicture(heif, memory, primary)
    const pixels = decodeTiles(heif, memory, small ?? primary, limits)
    heif._heif_image_handle_release(primary)
    if (small !== undefined) heif._heif_image_handle_release(small)
    return pixels
  } finally {
    heif._heif_context_free(context)
    memory.free()
  }
}

/** The small picture that belongs to a large one, where it is large enough. */
function smallPicture(heif: MainModule, memory: Memory, large: number): number | undefined {
  if (heif._heif_image_handle_get_number_of_thumbnails(large) < 1) return undefined
  const ids = memory.take(4)
  heif._heif_image_handle_get_list_of_thumbnail_IDs(large, ids, 1)
  const [id = 0] = memory.read(ids, 1)
  const small = memory.make((error, out) => heif._heif_image_handle_get_thumbnail(error, large, id, out))
  const width = heif._heif_image_handle_get_width(small)
  const height = heif._heif_image_handle_get_height(small)
  if (Math.max(width, height) >= ENOUGH) return small
  heif._heif_image_handle_release(small)
  return undefined
}

/** One tile after the other; a picture that has none is one itself. */
function decodeTiles(heif: MainModule, memory: Memory, picture: number, limits: ShrinkLimits): Pixels {
  const tiling = readTiling(heif, memory, picture)
  const { width, height, tileWidth, tileHeight } = tiling
  if (width * height > limits.pixels) throw new Error('too many pixels')
  if (tileWidth * tileHeight * BYTES_PER_PIXEL > limits.memory) throw new Error('would take too much memory')
  const reducer = createReducer(width, height, THUMBNAIL_SIZE)
  for (let row = 0; row < tiling.rows; row++) {
    for (let column = 0; column < tiling.columns; column++) {
      const image = memory.make((error, out) =>
        heif._heif_image_handle_decode_image_tile(
          error,
          picture,
          out,
          COLORSPACE_RGB,
          CHROMA_INTERLEAVED_RGB,
          0,
          column,
          row,
        ),
      )
      const strideAt = memory.take(4)
      const start = heif._heif_image_get_plane_readonly(image, CHANNEL_INTERLEAVED, strideAt)
      reducer.add({
        rgb: heif.HEAPU8.subarray(start),
        stride: memory.read(strideAt, 1)[0]!,
        width: heif._heif_image_get_width(image, CHANNEL_INTERLEAVED),
        height: heif._heif_image_get_height(image, CHANNEL_INTERLEAVED),
        left: column * tileWidth - tiling.left,
        top: row * tileHeight - tiling.top,
      })
      heif._heif_image_release(image)
    }
  }
  return reducer.pixels()
}

interface Tiling {
  columns: number
  rows: number
  tileWidth: number
  tileHeight: number
  width: number
  height: number
  /** How far the first row and column lie beyond the picture's edges, as they do when it was turned. */
  top: number
  left: number
}

// `heif_image_tiling` has a version before these, and more behind.
const TILING_LENGTH = 128
const MOST_TILES = 10_000

function readTiling(heif: MainModule, memory: Memory, picture: number): Tiling {
  const at = memory.take(TILING_LENGTH)
  memory.check((error) => heif._heif_image_handle_get_image_tiling(error, picture, 1, at))
  const [columns = 0, rows = 0, tileWidth = 0, tileHeight = 0, width = 0, height = 0, ...inside] =
    memory.read(at + 4, 8)
  // How much of them lies inside is told; 0 where all does.
  const [top = 0, left = 0] = inside.map((part, n) => (part === 0 ? 0 : [tileHeight, tileWidth][n]! - part))
  if (columns * rows > MOST_TILES) throw new Error('too many tiles')
  return { columns, rows, tileWidth, tileHeight, width, height, top, left }
}

/** Room in the decoder's memory for what its C functions take and give back. */
interface Memory {
  take(length: number): number
  read(at: number, count: number): number[]
  write(at: number, numbers: number[]): void
  /** Calls a function that fills in an error. @throws Error if it is one. */
  check(call: (error: number) => void): void
  /** The same for one that also fills in a pointer. */
  make(call: (error: number, out: number) => void): number
  free(): void
}

function createMemory(heif: MainModule): Memory {
  const taken: number[] = []
  const memory: Memory = {
    take(length) {
      const at = heif._malloc(length)
      if (at === 0) throw new Error('the decoder has no more memory')
      taken.push(at)
      return at
    },
    // The memory may have been moved since the last call.
    read: (at, count) => [...new Uint32Array(heif.HEAPU8.buffer, at, count)],
    write: (at, numbers) => new Uint32Array(heif.HEAPU8.buffer, at, numbers.length).set(numbers),
    check(call) {
      const error = memory.take(12)
      call(error)
      const [code, detail] = memory.read(error, 2)
      if (code !== 0) throw new Error(`libheif: error ${code}, ${detail}`)
    },
    make(call) {
      const out = memory.take(4)
      memory.write(out, [0])
      memory.check((error) => call(error, out))
      return memory.read(out, 1)[0]!
    },
    free() {
      for (const at of taken) heif._free(at)
    },
  }
  return memory
}
