/** The points that a phone may look at. */
import { expect, test } from 'vitest'
import { Problem } from '../../../main/problem.ts'
import { createPoints } from '../../../main/restore/points.ts'
import { retag } from '../../../main/vault/retag.ts'
import type { Vault } from '../../../main/vault/vault.ts'
import { card } from '../replica/fixture.ts'
import { testRestore } from './fixture.ts'

async function testPoints(wrap: (vault: Vault) => Vault = (vault) => vault) {
  const kept = await testRestore()
  const logged: string[] = []
  const { replica, tools } = kept
  const vault = wrap(tools.vault)
  const points = createPoints({ replica, openVault: async () => vault, log: (line) => logged.push(line) })
  return { ...kept, points, logged }
}

test('a backup that was pinned is found by both its ids', async () => {
  const { points, phone, putCard, snapshot, tools } = await testPoints()
  await putCard('1.vcf', card('1', 'Ada'))
  const old = await snapshot()
  const { snapshots } = await tools.vault.snapshots()
  const id = await retag(tools.vault, snapshots[0]!, ['pinned'], {})
  expect(id).not.toBe(old)
  expect(await points.list(phone)).toMatchObject([{ id, contacts: 1 }])
  expect((await points.open(phone, old)).id).toBe(`snapshot:${id}`)
})

test('a backup that is damaged takes no other along', async () => {
  let damaged: string | undefined
  const { points, phone, putCard, snapshot, tools, logged } = await testPoints((vault) => ({
    ...vault,
    async readBlob(type, id) {
      if (id === damaged) throw new Problem('vault-damaged', 'A blob is damaged.', 'Repair the vault.')
      return vault.readBlob(type, id)
    },
  }))
  await putCard('1.vcf', card('1', 'Ada'))
  const first = await snapshot()
  await putCard('2.vcf', card('2', 'Grace'))
  const second = await snapshot()
  damaged = (await tools.vault.snapshots()).snapshots.find(({ id }) => id === second)!.tree
  expect(await points.list(phone)).toMatchObject([{ id: first, contacts: 1 }])
  expect(logged).toEqual([`The backup ${second} cannot be listed`])
  await expect(points.open(phone, second)).rejects.toMatchObject({ code: 'vault-damaged' })
  // It is tried again, not remembered as damaged.
  damaged = undefined
  expect((await points.open(phone, second)).at).toBeGreaterThan(0)
})

test('a point can be read while the vault is locked for a backup, and is read once', async () => {
  let reads = 0
  const { points, phone, putCard, snapshot, tools } = await testPoints((vault) => ({
    ...vault,
    readBlob(type, id) {
      reads++
      return vault.readBlob(type, id)
    },
  }))
  await putCard('1.vcf', card('1', 'Ada'))
  const id = await snapshot()
  await tools.vault.withLock('exclusive', {}, async () => {
    const point = await points.open(phone, id)
    expect(point.collections.flatMap(({ items }) => items)).toHaveLength(1)
    await points.list(phone)
  })
  const before = reads
  await points.open(phone, id)
  await points.list(phone)
  expect(reads).toBe(before)
})
