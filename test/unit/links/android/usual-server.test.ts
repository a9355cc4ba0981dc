/** Where the ADB server is looked for. */
import { expect, test } from 'vitest'
import { usualServer } from '../../../../main/links/android/adb-server.ts'

test.each([
  [{}, { host: '127.0.0.1', port: 5037 }],
  [{ ADB_SERVER_SOCKET: 'tcp:6000' }, { host: '127.0.0.1', port: 6000 }],
  [{ ADB_SERVER_SOCKET: 'tcp:10.0.0.2:6000' }, { host: '10.0.0.2', port: 6000 }],
  [{ ADB_SERVER_SOCKET: 'tcp:[::1]:6000' }, { host: '::1', port: 6000 }],
  [{ ADB_SERVER_SOCKET: 'localfilesystem:/run/a b/adb.sock' }, { path: '/run/a b/adb.sock' }],
  [
    { ANDROID_ADB_SERVER_ADDRESS: '10.0.0.3', ANDROID_ADB_SERVER_PORT: '7000' },
    { host: '10.0.0.3', port: 7000 },
  ],
  [{ ADB_SERVER_SOCKET: 'nonsense' }, { host: '127.0.0.1', port: 5037 }],
])('with %j it is at %j', (env, at) => {
  expect(usualServer(env)).toEqual(at)
})
