/** What the ADB server says of phones, and what a person is told to do. */
import { expect, test } from 'vitest'
import { createAdbServer, readDeviceList } from '../../../../main/links/android/adb-server.ts'
import { stateOf } from '../../../../main/links/android/states.ts'

test('a list of phones is read, whatever state they are in', () => {
  const list = [
    'R58N123   device usb:1-2 product:beyond1 model:SM_G973F device:beyond1 transport_id:3',
    '192.168.1.7:37099      offline transport_id:4',
    'ABC   unauthorized usb:1-3 transport_id:5',
    'DEF   no permissions (user in plugdev group; are your udev rules wrong?); see [http://developer.android.com/tools/device.html] usb:1-4 transport_id:6',
    '',
  ]
  expect(readDeviceList(list.join('\n'))).toEqual([
    { serial: 'R58N123', state: 'device', model: 'SM_G973F', transportId: 3n },
    { serial: '192.168.1.7:37099', state: 'offline', model: '', transportId: 4n },
    { serial: 'ABC', state: 'unauthorized', model: '', transportId: 5n },
    expect.objectContaining({
      serial: 'DEF',
      state: expect.stringContaining('no permissions'),
      transportId: 6n,
    }),
  ])
})

test.each([
  ['device', 'ready'],
  ['unauthorized', 'unauthorised'],
  ['authorizing', 'unauthorised'],
  ['offline', 'offline'],
  ['no permissions (user in plugdev group; are your udev rules wrong?)', 'no-permission'],
  ['recovery', 'wrong-mode'],
  ['sideload', 'wrong-mode'],
  ['connecting', 'connecting'],
])('%s is told as %s, with what to do', (word, code) => {
  const state = stateOf(word)
  expect(state.code).toBe(code)
  expect(state.next === '').toBe(code === 'ready')
})

test('without a server, and with none to start, there is no list', async () => {
  const server = createAdbServer({ at: { path: '/nowhere/adb.sock' }, start: async () => false })
  expect(await server.list()).toBeNull()
})
