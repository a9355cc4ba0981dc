/** The box that all of a vault's bytes are sealed in: AES-256-CTR, authenticated by Poly1305-AES. */
import { createCipheriv, createDecipheriv, createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import { release } from '../memory.ts'
import { Problem } from '../problem.ts'
import { createPoly1305 } from './poly1305.ts'

/** Key material of a box: an AES-256 key, and the AES-128 key and r of Poly1305-AES. */
export interface BoxKey {
  /** 32 bytes. */
  encrypt: Uint8Array
  /** 16 bytes. */
  k: Uint8Array
  /** 16 bytes, not clamped. */
  r: Uint8Array
}

const IV_LENGTH = 16
const TAG_LENGTH = 16

/** A box is this many bytes longer than what it holds: iv before, tag after. */
export const BOX_OVERHEAD = IV_LENGTH + TAG_LENGTH

/** Seals and opens boxes. Not to be shared between threads. */
export interface Sealer {
  seal(plaintext: Uint8Array): Buffer
  /** Writes the box into the target at `at` and returns its length. */
  sealInto(target: Uint8Array, at: number, plaintext: Uint8Array): number
  /** @throws Problem `vault-damaged` when the box was changed or the key is another. */
  open(box: Uint8Array): Buffer
  /** The same piece by piece; a piece is gone when the next is asked for. */
  openPieces(box: Uint8Array): Generator<Buffer>
}

// Pieces stay in the fast caches, and their memory serves again for the next.
const PIECE = 128 * 1024

/** @param random gives fresh bytes that no one can guess; a repeated iv would break the box. */
export function createSealer(key: BoxKey, random: (length: number) => Uint8Array): Sealer {
  const encryptKey = createSecretKey(key.encrypt)
  const poly1305 = createPoly1305(key.r)
  // ECB has no state between blocks, so that one cipher serves for all boxes.
  const blockCipher = createCipheriv('aes-128-ecb', key.k, null).setAutoPadding(false)

  function tagOf(iv: Uint8Array, ciphertext: Uint8Array): Buffer {
    return poly1305.tag(ciphertext, blockCipher.update(iv))
  }

  function sealInto(target: Uint8Array, at: number, plaintext: Uint8Array): number {
    const iv = random(IV_LENGTH)
    const start = at + IV_LENGTH
    const end = start + plaintext.length
    const cipher = createCipheriv('aes-256-ctr', encryptKey, iv)
    target.set(iv, at)
    for (let done = 0; done < plaintext.length; done += PIECE) {
      const piece = cipher.update(plaintext.subarray(done, done + PIECE))
      piece.copy(target, start + done)
      release(piece)
    }
    target.set(tagOf(iv, target.subarray(start, end)), end)
    return plaintext.length + BOX_OVERHEAD
  }

  function seal(plaintext: Uint8Array): Buffer {
    const box = Buffer.allocUnsafe(plaintext.length + BOX_OVERHEAD)
    sealInto(box, 0, plaintext)
    return box
  }

  function* openPieces(box: Uint8Array): Generator<Buffer> {
    const ciphertext = checked(box)
    const decipher = createDecipheriv('aes-256-ctr', encryptKey, box.subarray(0, IV_LENGTH))
    for (let done = 0; done < ciphertext.length; done += PIECE) {
      const piece = decipher.update(ciphertext.subarray(done, done + PIECE))
      yield piece
      release(piece)
    }
  }

  function open(box: Uint8Array): Buffer {
    const ciphertext = checked(box)
    return createDecipheriv('aes-256-ctr', encryptKey, box.subarray(0, IV_LENGTH)).update(ciphertext)
  }

  /** The ciphertext of a box that is as it was sealed. */
  function checked(box: Uint8Array): Uint8Array {
    if (box.length < BOX_OVERHEAD) throw damaged()
    const iv = box.subarray(0, IV_LENGTH)
    const ciphertext = box.subarray(IV_LENGTH, box.length - TAG_LENGTH)
    const tag = box.subarray(box.length - TAG_LENGTH)
    // An all-zero iv is what a writer without a random source would make.
    if (iv.every((byte) => byte === 0) || !timingSafeEqual(tagOf(iv, ciphertext), tag)) throw damaged()
    return ciphertext
  }

  return { seal, sealInto, open, openPieces }
}

function damaged(): Problem {
  return new Problem(
    'vault-damaged',
    'A part of the vault was changed since it was written, or it belongs to another vault.',
    'Check the vault, and repair it from what is still at hand.',
  )
}

/** SHA-256 as 64 hex digits: the id of a blob or a file. */
export function idOf(bytes: Uint8Array): string {
  return hash('sha256', bytes)
}
