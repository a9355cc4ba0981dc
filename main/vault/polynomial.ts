/** The polynomial that a vault's config must hold for restic's content-defined chunking: irreducible over GF(2), degree 53. */

const DEGREE = 53n

/** @param random source of bytes no one can guess. @returns the coefficients as bits of a number. */
export function makeChunkerPolynomial(random: (length: number) => Buffer): bigint {
  for (;;) {
    const bits = random(8).readBigUInt64LE()
    const candidate = (bits & ((1n << DEGREE) - 1n)) | (1n << DEGREE) | 1n
    if (isIrreducible(candidate)) return candidate
  }
}

/** Ben-Or's test: f has no factor of degree i if gcd(f, x^(2^i) - x mod f) = 1. */
export function isIrreducible(f: bigint): boolean {
  let power = 2n // x^(2^i) mod f, beginning with x itself
  for (let i = 1; i <= degree(f) / 2; i++) {
    power = remainder(square(power), f)
    if (gcd(f, power ^ 2n) !== 1n) return false
  }
  return true
}

function degree(f: bigint): number {
  return f.toString(2).length - 1
}

/** Over GF(2) squaring only moves coefficient i to 2i. */
function square(f: bigint): bigint {
  return BigInt(`0b${[...f.toString(2)].join('0')}`)
}

function remainder(f: bigint, g: bigint): bigint {
  const size = degree(g)
  let rest = f
  while (rest !== 0n && degree(rest) >= size) rest ^= g << BigInt(degree(rest) - size)
  return rest
}

function gcd(f: bigint, g: bigint): bigint {
  let [a, b] = [f, g]
  while (b !== 0n) [a, b] = [b, remainder(a, b)]
  return a
}
