/** Poly1305 (RFC 8439 section 2.5) with an r that stays the same: the bulk runs in WebAssembly, four blocks at a time. */
import { POLY1305_WASM } from './poly1305-wasm.ts'

export interface Poly1305 {
  /** The 16-byte tag of the message, with `s` (16 bytes) as the part of the key that is used only once. */
  tag(message: Uint8Array, s: Uint8Array): Buffer
}

const P = 2n ** 130n - 5n
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn

// Places in the module's memory; poly1305.wat tells of the first two.
const H = 0
const MARKS = 80
const POWER = 128
const LAST_POWERS = 208
const ZEROS = 320
const INPUT = 1024
const INPUT_LENGTH = 32_768 // small enough for the fastest cache

const LANES = 4
const BLOCK = 16
const GROUP = LANES * BLOCK
const MARK = 1 << 24 // the bit after a whole block, in its highest limb

// TypeScript describes WebAssembly only together with the browser's other interfaces.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: unknown }
}

const compiled = new WebAssembly.Module(Buffer.from(POLY1305_WASM, 'base64'))

interface Exports {
  memory: { buffer: ArrayBuffer }
  absorb(at: number, end: number, power: number): void
}

/** Prepares the powers of `r` (16 bytes, clamped here). Not to be shared between threads. */
export function createPoly1305(r: Uint8Array): Poly1305 {
  const { memory, absorb } = new WebAssembly.Instance(compiled).exports as Exports
  const words = new Uint32Array(memory.buffer)
  const input = new Uint8Array(memory.buffer, INPUT, INPUT_LENGTH)

  const r1 = readNumber(r) & CLAMP
  const r2 = (r1 * r1) % P
  const r4 = (r2 * r2) % P
  writeLanes(words, POWER, [r4, r4, r4, r4])
  writeLanes(words, LAST_POWERS, [r4, (r2 * r1) % P, r2, r1])

  // Every lane works through each fourth block. An empty lane in the first group makes the message end with the last lane;
  // the lanes' sums are then one multiplication by different powers away from the result.
  function tag(message: Uint8Array, s: Uint8Array): Buffer {
    words.fill(0, H, MARKS / 4)
    const blocks = Math.ceil(message.length / BLOCK)
    const emptyLanes = (LANES - (blocks % LANES)) % LANES
    let end = emptyLanes * BLOCK
    input.fill(0, 0, end)
    // `copy` of Buffer, because `set` is slow on memory that threads share.
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.length)
    for (let taken = 0; taken < bytes.length; end = 0) {
      const isFirst = taken === 0
      const count = bytes.copy(input, end, taken, taken + INPUT_LENGTH - end)
      taken += count
      absorbPart(end + count, isFirst ? emptyLanes : 0)
    }
    setMarks(LANES, false)
    absorb(ZEROS, ZEROS + GROUP, LAST_POWERS)
    return writeNumber(readH() + readNumber(s))
  }

  function absorbPart(length: number, emptyLanes: number): void {
    const whole = length - (length % BLOCK)
    const end = INPUT + Math.ceil(length / GROUP) * GROUP
    let at = INPUT
    if (whole < length) {
      input[length] = 1
      input.fill(0, length + 1, whole + BLOCK)
    }
    const lastGroup = whole < length ? end - GROUP : end
    if (emptyLanes > 0 && at < lastGroup) {
      setMarks(emptyLanes, true)
      absorb(at, at + GROUP, POWER)
      at += GROUP
      emptyLanes = 0
    }
    if (at < lastGroup) {
      setMarks(emptyLanes, true)
      absorb(at, lastGroup, POWER)
    }
    if (lastGroup < end) {
      setMarks(at === lastGroup ? emptyLanes : 0, false)
      absorb(lastGroup, end, POWER)
    }
  }

  // A short last block carries its mark in its own bytes.
  function setMarks(emptyLanes: number, lastIsWhole: boolean): void {
    for (let lane = 0; lane < LANES; lane++) words[MARKS / 4 + lane] = lane < emptyLanes ? 0 : MARK
    if (!lastIsWhole) words[MARKS / 4 + LANES - 1] = 0
  }

  function readH(): bigint {
    let sum = 0n
    for (let limb = 4; limb >= 0; limb--) {
      let lanes = 0
      for (let lane = 0; lane < LANES; lane++) lanes += words[H / 4 + limb * LANES + lane]!
      sum = (sum << 26n) + BigInt(lanes)
    }
    return sum % P
  }

  return { tag }
}

/** The five 26-bit limbs of four numbers, limb by limb. */
function writeLanes(words: Uint32Array, at: number, numbers: bigint[]): void {
  numbers.forEach((number, lane) => {
    for (let limb = 0; limb < 5; limb++) {
      words[at / 4 + limb * LANES + lane] = Number((number >> BigInt(26 * limb)) & 0x3ffffffn)
    }
  })
}

function readNumber(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return view.getBigUint64(0, true) + (view.getBigUint64(8, true) << 64n)
}

function writeNumber(number: bigint): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, number), 0)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, number >> 64n), 8)
  return bytes
}
