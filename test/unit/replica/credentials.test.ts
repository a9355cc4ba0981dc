/** The passwords of phones' apps: made, compared, counted, and taken away one by one. */
import { expect, it } from 'vitest'
import {
  addCredential,
  checkPassword,
  credentialStamp,
  listCredentials,
  makePassword,
  noteUse,
  replaceUnused,
  revokeCredential,
} from '../../../main/replica/credentials.ts'
import { realWorld } from '../../../main/world.ts'
import { testReplica } from './fixture.ts'

it('each password opens by itself, and is taken away by itself', async () => {
  const { replica, phone } = await testReplica()
  const [one, other] = [await makePassword(realWorld), await makePassword(realWorld)]
  const ids = await replica.write((tx) => [
    addCredential(tx, phone.id, 'DAVx⁵', one),
    addCredential(tx, phone.id, 'Nextcloud', other),
  ])
  const stamp = credentialStamp(replica, phone.id)
  expect(await checkPassword(replica, phone.id, one.password)).toBe(ids[0])
  expect(await checkPassword(replica, phone.id, other.password)).toBe(ids[1])
  expect(await checkPassword(replica, null, one.password)).toBeUndefined()
  expect(await replica.write((tx) => revokeCredential(tx, phone.id, ids[0]!))).toBe(true)
  expect(await replica.write((tx) => revokeCredential(tx, phone.id, ids[0]!))).toBe(false)
  expect(await replica.write((tx) => revokeCredential(tx, 'another', ids[1]!))).toBe(false)
  expect(await checkPassword(replica, phone.id, one.password)).toBeUndefined()
  expect(await checkPassword(replica, phone.id, other.password)).toBe(ids[1])
  expect(credentialStamp(replica, phone.id)).not.toBe(stamp)
})

it('one that was missed gives way to the next, one in use does not', async () => {
  const { replica, phone } = await testReplica()
  const made = await makePassword(realWorld)
  const replace = () => replica.write((tx) => replaceUnused(tx, phone.id, 'pairing', made))
  const labelled = () => listCredentials(replica, phone.id).filter(({ label }) => label === 'pairing')
  await replace()
  const used = await replace()
  expect(labelled().map(({ id }) => id)).toEqual([used])
  await replica.write((tx) => noteUse(tx, used, 1000))
  await replica.write((tx) => noteUse(tx, used, 2000))
  const next = await replace()
  expect(labelled()).toMatchObject([
    { id: used, firstUsedAt: 1000, lastUsedAt: 2000 },
    { id: next, firstUsedAt: null, lastUsedAt: null },
  ])
})

it('a phone has twenty at most, for a guess is compared with them all', async () => {
  const { replica, phone } = await testReplica()
  const made = await makePassword(realWorld)
  const add = () => replica.write((tx) => addCredential(tx, phone.id, 'app', made))
  while (listCredentials(replica, phone.id).length < 20) await add()
  await expect(add()).rejects.toMatchObject({ code: 'not-allowed' })
})
