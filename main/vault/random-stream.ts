/** Random bytes for a worker out of one seed: the keystream of AES-256-CTR, as in NIST's CTR_DRBG. */
import { createCipheriv } from 'node:crypto'

const BLOCK = 4096

/** @param seed 32 bytes that no one can guess and that are used for nothing else. */
export function randomStream(seed: Uint8Array): (length: number) => Buffer {
  const keystream = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))
  const zeros = Buffer.alloc(BLOCK)
  let block = Buffer.alloc(0)
  return (length) => {
    if (length > BLOCK) throw new Error(`at most ${BLOCK} random bytes at once`)
    if (block.length < length) block = keystream.update(zeros)
    const bytes = block.subarray(0, length)
    block = block.subarray(length)
    return bytes
  }
}
