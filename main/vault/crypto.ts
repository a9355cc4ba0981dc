/** The box that all of a vault's bytes are sealed in: AES-256-CTR, authenticated by Poly1305-AES. */
import { createCipheriv, createDecipheriv, createSecretKey, hash, timingSafeEqual } from 'node:crypto'
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
}

// Encrypting by pieces keeps them in the fast caches until they are copied.
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
      target.set(cipher.update(plaintext.subarray(done, done + PIECE)), start + done)
    }
    target.set(tagOf(iv, target.subarray(start, end)), end)
    return plaintext.length + BOX_OVERHEAD
  }

  function seal(plaintext: Uint8Array): Buffer {
    const box = Buffer.allocUnsafe(plaintext.length + BOX_OVERHEAD)
    sealInto(box, 0, plaintext)
    return box
  }

  function open(box: Uint8Array): Buffer {
    if (box.length < BOX_OVERHEAD) throw damaged()
    const iv = box.subarray(0, IV_LENGTH)
    const ciphertext = box.subarray(IV_LENGTH, box.length - TAG_LENGTH)
    const tag = box.subarray(box.length - TAG_LENGTH)
    // An all-zero iv is what a writer without a random source would make.
    if (iv.every((byte) => byte === 0) || !timingSafeEqual(tagOf(iv, ciphertext), tag)) throw damaged()
    return createDecipheriv('aes-256-ctr', encryptKey, iv).update(ciphertext)
  }

  return { seal, sealInto, open }
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
