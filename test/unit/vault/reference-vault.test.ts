/** A repository that restic made, byte by byte: we open it, list it and read it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf } from '../../../main/vault/crypto.ts'
import { findNode, readFileBytes, readFile as readVaultFile, walk } from '../../../main/vault/extract.ts'
import { createLocalStorage } from '../../../main/vault/local-storage.ts'
import { packSize, readPackHeader } from '../../../main/vault/pack.ts'
import { isIrreducible, makeChunkerPolynomial } from '../../../main/vault/polynomial.ts'
import { openVault, type Vault } from '../../../main/vault/vault.ts'
import { realWorld } from '../../../main/world.ts'
import { REFERENCE_PASSWORD, writeReferenceVault } from '../../reference-vault.ts'

const ROOT = 'a6e3927d4340570b04a02de9b26a45bf947678fd2991ffed4547a0cd284c05af'
const SUB = '6b559c882226439e5823bad6a85b529bf901a711d5771ac23da5ad972e439798'

let folder: string
let vault: Vault

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidekeep-reference-'))
  await writeReferenceVault(folder)
  vault = await openVault(createLocalStorage(folder, realWorld), REFERENCE_PASSWORD, realWorld)
})
afterAll(() => rm(folder, { recursive: true }))

describe('restic’s own repository', () => {
  it('opens with its password, and is the one it says', () => {
    expect(vault.id).toBe('8011063f3f860976496c1a34f7805da92764974de8f41cbcfaddc5d64438b462')
  })

  it('lists its snapshot', async () => {
    const { snapshots, unreadable } = await vault.snapshots()
    expect(unreadable).toEqual([])
    expect(snapshots).toEqual([
      {
        id: 'cb753f30133a9c363c5af90a73802a47a7a65ed072f2c5fb68ea04dcc1097a5f',
        time: '2026-11-22T20:17:13.084570049Z',
        tree: ROOT,
        paths: [expect.any(String)],
        hostname: 'pc',
        username: 'root',
        tags: ['t1', 't2'],
        parent: null,
        original: null,
      },
    ])
  })

  it('has in its index what its packs say of themselves', async () => {
    const index = await vault.index()
    expect(index.size).toBe(4)
    for (const { id, size } of await vault.storage.list('pack')) {
      const blobs = await readPackHeader(vault.storage, vault.sealer, id)
      expect(index.blobsOf(id)).toEqual(blobs)
      expect(packSize(blobs)).toBe(size)
    }
    expect(
      index.find('data', 'fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f'),
    ).toMatchObject({
      offset: 44,
      length: 54,
      uncompressedLength: 13,
    })
  })

  it('gives its folders and files', async () => {
    const seen: string[] = []
    for await (const { path, node } of walk(vault, ROOT))
      seen.push(`${path.join('/')} ${node.type} ${node.size}`)
    expect(seen).toEqual(['a.txt file 13', 'empty file 0', 'sub dir 0', 'sub/b.bin file 300'])
    const b = await findNode(vault, ROOT, ['sub', 'b.bin'])
    expect(b).toMatchObject({ modifiedAt: Date.parse('2024-03-05T06:07:08.120Z'), permissions: 0o644 })
    expect((await readFileBytes(vault, b!)).toString()).toBe('x'.repeat(300))
    const a = await findNode(vault, ROOT, ['a.txt'])
    const chunks: Buffer[] = []
    for await (const chunk of readVaultFile(vault, a!)) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('hello restic\n')
    expect(await readFileBytes(vault, (await findNode(vault, ROOT, ['empty']))!)).toHaveLength(0)
    expect(await findNode(vault, ROOT, ['sub', 'none'])).toBeUndefined()
    expect(idOf(await vault.readBlob('tree', SUB))).toBe(SUB)
  })

  it('tells which snapshot cannot be read, and still lists the others', async () => {
    const bytes = await readFile(join(folder, 'snapshots', (await vault.storage.list('snapshot'))[0]!.id))
    bytes[40]! ^= 1
    await createLocalStorage(folder, realWorld).write('snapshot', 'ab'.repeat(32), bytes)
    const { snapshots, unreadable } = await vault.snapshots()
    expect(snapshots).toHaveLength(1)
    expect(unreadable).toEqual([{ id: 'ab'.repeat(32), reason: expect.stringContaining('damaged') }])
    await createLocalStorage(folder, realWorld).remove('snapshot', 'ab'.repeat(32))
  })
})

describe('a chunker polynomial', () => {
  it('is irreducible and of degree 53', () => {
    expect(isIrreducible(0x3a96e057470029n)).toBe(true)
    expect(isIrreducible(0x3a96e057470028n)).toBe(false)
    // Over GF(2), x^2 + 1 is (x + 1) squared, and x^4 + x^3 + x^2 + x + 1 has no factors.
    expect([0b111n, 0b101n, 0b11111n, 0b10001n].map(isIrreducible)).toEqual([true, false, true, false])
    const polynomial = makeChunkerPolynomial(realWorld.random)
    expect(polynomial.toString(2)).toHaveLength(54)
    expect(isIrreducible(polynomial)).toBe(true)
  })
})
