/** What is noted of phones' apps: the first request at once, then one a minute, and programs by the names that people know. */
import { expect, it } from 'vitest'
import { clientName, createActivity } from '../../main/phone-activity.ts'
import { listCredentials } from '../../main/replica/credentials.ts'
import { listServices } from '../../main/replica/phone-services.ts'
import { testReplica, worldAt } from './replica/fixture.ts'

const START = 1e12

it('notes the first request at once, and one of each minute after that', async () => {
  const world = worldAt(START)
  const { replica, phone } = await testReplica(world)
  const [credential] = listCredentials(replica, phone.id)
  const seen = createActivity(replica, () => expect.unreachable())
  const ask = async (at: number, userAgent = 'DAVx5/4.5') => {
    world.set(at)
    seen({ phoneId: phone.id, credential: credential!.id, service: 'contacts', userAgent })
    await replica.write(() => undefined)
    return listServices(replica, phone.id)[0]
  }
  expect(await ask(START)).toEqual({ service: 'contacts', since: START, seenAt: START, client: 'DAVx⁵' })
  expect(await ask(START + 59_999)).toMatchObject({ seenAt: START })
  expect(await ask(START + 60_000)).toMatchObject({ since: START, seenAt: START + 60_000 })
  expect(await ask(START + 60_001, 'Other/1')).toMatchObject({ seenAt: START + 60_001, client: 'Other' })
  // The clock was set back.
  expect(await ask(START)).toMatchObject({ seenAt: START, client: 'DAVx⁵' })
  expect(listCredentials(replica, phone.id)).toMatchObject([{ firstUsedAt: START, lastUsedAt: START }])
})

it('that it could not be written down is told, and hurts no request', async () => {
  const { replica, phone } = await testReplica()
  const logged: string[] = []
  const seen = createActivity(replica, (message) => logged.push(message))
  await replica.close()
  seen({ phoneId: phone.id, credential: 1, service: null, userAgent: undefined })
  await expect.poll(() => logged).toEqual(['That an app was here could not be written down'])
})

it.each([
  ['Mozilla/5.0 (iOS) Nextcloud-iOS/6.1', 'Nextcloud'],
  ['DAVx5/4.5.6-ose (dav4jvm; okhttp) Android/16', 'DAVx⁵'],
  ['iOS/17.5.1 (21F90) dataaccessd/1.0', 'iPhone'],
  ['rclone/v1.60.1-DEV', 'rclone'],
  ['\u001b[2J<b>', null],
  ['', null],
  [undefined, null],
])('%s is %s', (userAgent, name) => {
  expect(clientName(userAgent)).toBe(name)
})
