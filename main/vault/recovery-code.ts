/** Recovery codes: a vault password made to be printed, read aloud and typed. */
import { makePrintedCode, readPrintedCode } from '../printed-code.ts'

// 120 bits, and a checksum that lets one typing error in a million pass.
const SHAPE = { secret: 24, check: 4 }

/** @param random source of at least 15 bytes no one can guess. */
export function makeRecoveryCode(random: (length: number) => Uint8Array): string {
  return makePrintedCode(random, SHAPE)
}

/**
 * The code as it was printed, and as it is the vault's password, from what someone typed: case, spaces, dashes and
 * look-alikes do not matter. Undefined when it is no code or the checksum says that it was mistyped.
 */
export function readRecoveryCode(typed: string): string | undefined {
  return readPrintedCode(typed, SHAPE)
}
