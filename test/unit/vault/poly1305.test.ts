/** Poly1305 beside the RFC, a second implementation, and its own source. */
import { readFile } from 'node:fs/promises'
import { poly1305 } from '@noble/ciphers/_poly1305.js'
import { describe, expect, it } from 'vitest'
import { assemblePoly1305 } from '../../../build/assemble-poly1305.ts'
import { createPoly1305 } from '../../../main/vault/poly1305.ts'
import { bytesFor } from '../../small-vault.ts'

function tag(key: Uint8Array, message: Uint8Array): string {
  return createPoly1305(key.subarray(0, 16)).tag(message, key.subarray(16)).toString('hex')
}

const byOthers = (key: Uint8Array, message: Uint8Array) => Buffer.from(poly1305(message, key)).toString('hex')

describe('Poly1305', () => {
  it('gives the tag of RFC 8439, section 2.5.2', () => {
    const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex')
    const message = Buffer.from('Cryptographic Forum Research Group')
    expect(tag(key, message)).toBe('a8061dc1305136c6c22b8baf0c0127a9')
  })

  // Results at the edges of the modulus and of 2^128.
  it.each([
    ['#7', '01', ['ff'.repeat(16), 'f0', 'ff'.repeat(15), '11', '00'.repeat(15)], ['05', '00'.repeat(15)]],
    ['#8', '01', ['ff'.repeat(16), 'fb', 'fe'.repeat(15), '01'.repeat(16)], ['00'.repeat(16)]],
    ['#9', '02', ['fd', 'ff'.repeat(15)], ['fa', 'ff'.repeat(15)]],
  ])('gives the tag of RFC 8439, appendix A.3, vector %s', (_name, r, message, expected) => {
    const key = Buffer.concat([Buffer.from(r, 'hex'), Buffer.alloc(31)])
    expect(tag(key, Buffer.from(message.join(''), 'hex'))).toBe(expected.join(''))
  })

  it('agrees with a second implementation on all lengths from 0 to 600', () => {
    for (let length = 0; length <= 600; length++) {
      const key = bytesFor(`key ${length}`, 32)
      const message = bytesFor(`message ${length}`, length)
      expect(tag(key, message), `length ${length}`).toBe(byOthers(key, message))
    }
  })

  it('agrees with it where every limb is as large as it can be', () => {
    const key = Buffer.alloc(32, 0xff)
    for (let length = 0; length <= 600; length++) {
      const message = Buffer.alloc(length, 0xff)
      expect(tag(key, message), `length ${length}`).toBe(byOthers(key, message))
    }
  })

  it('agrees with it around the sizes of its own buffer', () => {
    const key = bytesFor('key', 32)
    for (const edge of [32_768, 65_536]) {
      for (let length = edge - 65; length <= edge + 65; length++) {
        const message = bytesFor('message', length)
        expect(tag(key, message), `length ${length}`).toBe(byOthers(key, message))
      }
    }
  })

  it('runs what its source says', async () => {
    const embedded = await readFile(new URL('../../../main/vault/poly1305-wasm.ts', import.meta.url), 'utf8')
    expect(embedded).toBe(await assemblePoly1305())
  })
})
