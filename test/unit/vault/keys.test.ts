/** Keys: passwords and recovery codes that open a vault, and codes mistyped in every way people do. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addKey, listKeys, removeKey, replaceRecoveryCode } from '../../../main/vault/keys.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import { makeRecoveryCode, readRecoveryCode } from '../../../main/vault/recovery-code.ts'
import type { Storage } from '../../../main/vault/storage.ts'
import { initVault, openVault } from '../../../main/vault/vault.ts'
import { realWorld } from '../../../main/world.ts'

const COST = { N: 1024, r: 8, p: 1 }
const WRONG = expect.objectContaining({ code: 'wrong-password' })

let folder: string
let storage: Storage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-keys-'))
  storage = createLocalStorage(join(folder, 'vault'), realWorld)
  await initVault(storage, { password: 'first', world: realWorld, cost: COST })
})
afterEach(() => rm(folder, { recursive: true }))

const open = (password: string) => openVault(storage, password, realWorld)
const add = async (password: string) => {
  const { masterKey } = await open('first')
  return addKey(storage, realWorld, masterKey, password, 'ada', COST)
}

describe('a vault', () => {
  it('opens with each of its passwords, as the same vault, and with no other', async () => {
    await add('zweites ✓')
    expect((await open('zweites ✓')).id).toBe((await open('first')).id)
    await expect(open('First')).rejects.toEqual(WRONG)
    await expect(open('')).rejects.toEqual(WRONG)
  })

  it('does not open any more with a password that was removed', async () => {
    const id = await add('second')
    await removeKey(storage, id)
    await expect(open('second')).rejects.toEqual(WRONG)
    await open('first')
  })

  it('keeps its last key', async () => {
    const [key] = await listKeys(storage)
    await expect(removeKey(storage, key!.id)).rejects.toMatchObject({ code: 'bad-input' })
    await expect(removeKey(storage, 'f'.repeat(64))).rejects.toMatchObject({ code: 'not-found' })
    await open('first')
  })

  it('takes no empty password, and no more keys than restic tries', async () => {
    await expect(add('')).rejects.toMatchObject({ code: 'bad-input' })
    for (let n = 2; n <= 20; n++) await add(`password ${n}`)
    await expect(add('password 21')).rejects.toMatchObject({ code: 'bad-input' })
  })

  it('opens with its recovery code in any shape, and only with the newest', async () => {
    const before = await replaceRecoveryCode(await open('first'), COST)
    await open(before)
    const code = await replaceRecoveryCode(await open('first'), COST)
    await open(code.toLowerCase().replaceAll('-', ' '))
    await expect(open(before)).rejects.toEqual(WRONG)
    expect((await listKeys(storage)).map(({ label }) => label)).toContain('recovery code')
  })

  it('is missed where there is none, and told from a damaged one', async () => {
    await rm(join(folder, 'vault', 'config'))
    await expect(open('first')).rejects.toMatchObject({ code: 'vault-damaged' })
    await rm(join(folder, 'vault'), { recursive: true })
    await expect(open('first')).rejects.toMatchObject({ code: 'no-vault' })
  })
})

describe('a recovery code', () => {
  it('is read whatever case, dashes, spaces and look-alikes it is typed with', () => {
    for (let n = 0; n < 50; n++) {
      const code = makeRecoveryCode(randomBytes)
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/)
      for (const typed of [
        code,
        code.toLowerCase(),
        code.replaceAll('-', ''),
        ` ${code.replaceAll('-', ' – ')}\n`,
        code.replaceAll('0', 'O').replaceAll('1', 'l').replaceAll('V', 'u'),
        code.replaceAll('0', 'o').replaceAll('1', 'I'),
      ]) {
        expect(readRecoveryCode(typed)).toBe(code)
      }
    }
  })

  it('is refused with one sign wrong, missing, or two swapped', () => {
    const code = makeRecoveryCode(() => Buffer.from('0123456789abcdef0123456789abcd', 'hex'))
    const signs = [...code.replaceAll('-', '')]
    for (let n = 0; n < signs.length; n++) {
      expect(readRecoveryCode(signs.with(n, signs[n] === 'Z' ? 'Y' : 'Z').join(''))).toBeUndefined()
      expect(readRecoveryCode(signs.toSpliced(n, 1).join(''))).toBeUndefined()
      const next = signs[n + 1]
      if (next === undefined || next === signs[n]) continue
      expect(
        readRecoveryCode(
          signs
            .with(n, next)
            .with(n + 1, signs[n]!)
            .join(''),
        ),
      ).toBeUndefined()
    }
    expect(readRecoveryCode('an ordinary password')).toBeUndefined()
  })
})
