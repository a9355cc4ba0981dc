/** Boxes: the vectors of a real repository, and that no changed bit goes unseen. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { type BoxKey, createSealer } from '../../../main/vault/crypto.ts'
import { REFERENCE_FILES, REFERENCE_KEY_FILE } from '../../reference-vault.ts'
import { bytesFor } from '../../small-vault.ts'

// What scrypt makes of the reference repository's password.
const USER_KEY: BoxKey = {
  encrypt: Buffer.from('62de2b780276868be325e07f99a6e8d19d9f366bad92966e1dcf744665fe6a62', 'hex'),
  k: Buffer.from('db67d9582a4e74733f86729bbb7effe1', 'hex'),
  r: Buffer.from('5764918ea4ee80e552b6f09297271f9d', 'hex'),
}
const MASTER_KEY: BoxKey = {
  encrypt: Buffer.from('D1hmCtTV24FhcQT8N1fSszJKwWMASyb7OpDmqr8IyCM=', 'base64'),
  k: Buffer.from('2tvs1sSJcCzSf5rRBv9/XA==', 'base64'),
  r: Buffer.from('HJgbMOwxeZlY68fQEsTgHw==', 'base64'),
}
const CONFIG =
  '{"version":2,"id":"8011063f3f860976496c1a34f7805da92764974de8f41cbcfaddc5d64438b462","chunker_polynomial":"3a96e057470029"}'

describe('a box', () => {
  it('of a real key file opens with the user key', () => {
    const data = Buffer.from(JSON.parse(REFERENCE_KEY_FILE).data, 'base64')
    expect(createSealer(USER_KEY, randomBytes).open(data).toString()).toBe(
      '{"mac":{"k":"2tvs1sSJcCzSf5rRBv9/XA==","r":"HJgbMOwxeZlY68fQEsTgHw=="},"encrypt":"D1hmCtTV24FhcQT8N1fSszJKwWMASyb7OpDmqr8IyCM="}',
    )
  })

  it('comes out bit for bit as restic made it, given the same iv', () => {
    const box = Buffer.from(REFERENCE_FILES.config!, 'base64')
    const sealer = createSealer(MASTER_KEY, () => box.subarray(0, 16))
    expect(sealer.seal(Buffer.from(CONFIG))).toEqual(box)
  })

  const sealer = createSealer(MASTER_KEY, randomBytes)

  it.each([0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 200_000])('of %i bytes opens to them', (length) => {
    const plaintext = bytesFor('plaintext', length)
    const box = sealer.seal(plaintext)
    expect(box.length).toBe(length + 32)
    expect(sealer.open(box).equals(plaintext)).toBe(true)
    const pieces: Buffer[] = []
    for (const piece of sealer.openPieces(box)) pieces.push(Buffer.from(piece))
    expect(Buffer.concat(pieces).equals(plaintext)).toBe(true)
  })

  it('is another each time', () => {
    const plaintext = Buffer.from('the same')
    expect(sealer.seal(plaintext)).not.toEqual(sealer.seal(plaintext))
  })

  it('does not open when any one bit of it is another', () => {
    const box = sealer.seal(bytesFor('plaintext', 40))
    for (let bit = 0; bit < box.length * 8; bit++) {
      const changed = Buffer.from(box)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => sealer.open(changed), `bit ${bit}`).toThrow(Problem)
    }
  })

  it('does not open when it is cut short, or with another key', () => {
    const box = sealer.seal(bytesFor('plaintext', 40))
    expect(() => sealer.open(box.subarray(0, 71))).toThrow(Problem)
    expect(() => sealer.open(box.subarray(0, 31))).toThrow(Problem)
    expect(() => createSealer(USER_KEY, randomBytes).open(box)).toThrow(Problem)
  })

  it('with an iv of zeros is refused, as restic refuses it', () => {
    const careless = createSealer(MASTER_KEY, (length) => Buffer.alloc(length))
    expect(() => sealer.open(careless.seal(Buffer.from('x')))).toThrow(Problem)
  })
})
