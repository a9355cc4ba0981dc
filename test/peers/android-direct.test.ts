/** An Android phone reached over the network without the program adb, with the real adbd behind a lock like a phone's. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAndroidLink } from '../../main/links/android/android.ts'
import type { Link, LinkMemory } from '../../main/links/link.ts'
import { writePacket } from '../android/adb-packet.ts'
import { describePhone } from '../android/describe-phone.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'
import { createKeeper } from '../unit/links/android/capture-fixture.ts'

const TAKEN = Date.UTC(2020, 1, 2, 3, 4, 5)

describePhone('an Android phone without an ADB server', (programs) => {
  let phone: Phone
  let folder: string
  const servers: Server[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sidekeep-direct-'))
    phone = await startPhone({ ...programs, serial: 'DIRECT' })
  })

  afterEach(async () => {
    for (const server of servers.splice(0)) server.close()
    await phone?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** @returns its address. */
  async function listen(server: Server): Promise<string> {
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** The phone's own port, on this computer's loopback. */
  function onNetwork(): Promise<string> {
    return listen(
      createServer((outside) => {
        pipeline(outside, connect(phone.cable), outside, () => undefined)
      }),
    )
  }

  function memory(): LinkMemory {
    let kept: unknown
    return {
      read: () => kept,
      async write(value) {
        kept = JSON.parse(JSON.stringify(value))
      },
    }
  }

  function linkWith(kept: LinkMemory, key = 'key.pem'): Link {
    return createAndroidLink({
      ...{ at: { path: join(folder, 'nowhere') }, start: async () => false, now: () => TAKEN },
      own: { memory: kept, keyFile: join(folder, 'android', key) },
    })
  }

  async function put(path: string, bytes: Buffer): Promise<void> {
    const file = join(phone.storage, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, bytes)
    await utimes(file, TAKEN / 1000, TAKEN / 1000)
  }

  test('asks its owner once, is read and written, and knows this computer from then on', async () => {
    await phone.plugIn()
    await phone.behave('locked')
    const address = await onNetwork()
    const kept = memory()
    const link = linkWith(kept)
    const connected = link.connect!({ address }, {}, {})
    // Until the phone was handed our key, there is nothing to allow.
    await expect
      .poll(
        () =>
          phone.allow().then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true)
    const source = await connected
    expect(source).toMatchObject({ id: 'android-DIRECT', name: 'Pixel 8', state: { code: 'ready' } })
    expect((await stat(join(folder, 'android', 'key.pem'))).mode & 0o777).toBe(0o600)

    addContacts(phone.content, seeded(1), 3)
    const photos = new Map(
      Array.from({ length: 30 }, (_, n) => [`DCIM/Camera/IMG_${n}.jpg`, randomBytes(100_000 * n)]),
    )
    for (const [path, bytes] of photos) await put(path, bytes)
    // Another run of the program.
    const later = linkWith(kept)
    expect(await later.find({})).toMatchObject([{ id: source.id, state: { code: 'ready' } }])
    const { sink, files, missed, collections } = createKeeper()
    const request = { kinds: ['contacts', 'photos'] as const, cursor: undefined, secrets: {} }
    await later.capture(source, request, sink, {})
    expect([missed, collections.flatMap(({ items }) => [...items])]).toMatchObject([[], { length: 3 }])
    expect([...files.keys()].sort()).toEqual([...photos.keys()].sort())
    for (const [path, bytes] of photos) expect(files.get(path)!.equals(bytes), path).toBe(true)

    const bytes = randomBytes(2_000_000)
    const file = {
      path: 'DCIM/b.jpg',
      size: bytes.length,
      modifiedAt: TAKEN,
      open: () => Readable.from([bytes]),
    }
    const sent = { items: [], files: [file], dryRun: false, secrets: {} }
    expect(await later.send(source, sent, {})).toMatchObject({ added: 1, failed: [] })
    const written = await stat(join(phone.storage, file.path))
    expect([written.size, written.mtimeMs]).toEqual([bytes.length, TAKEN])

    await later.disconnect!(source.id)
    await expect(later.find({})).rejects.toMatchObject({
      message: 'The program adb is not on this computer.',
    })
  }, 60_000)

  test('that does not know this computer is said to be so, and not asked at each look', async () => {
    await phone.plugIn()
    const address = await onNetwork()
    const kept = memory()
    const { id } = await linkWith(kept).connect!({ address }, {}, {})
    await phone.behave('locked')
    const stranger = linkWith(kept, 'other.pem')
    expect(await stranger.find({})).toMatchObject([{ id, state: { code: 'unauthorised' } }])
    await expect(phone.allow()).rejects.toThrow('no computer asks')
    await phone.unplug()
    expect(await stranger.find({})).toMatchObject([{ id, state: { code: 'offline' } }])
  }, 60_000)

  test('is told from one that is not there, and from one that wants TLS', async () => {
    const link = linkWith(memory())
    const nobody = await listen(createServer())
    servers.pop()!.close()
    await expect(link.connect!({ address: nobody }, {}, {})).rejects.toMatchObject({ code: 'unreachable' })
    const wantsTls = writePacket({ command: 'STLS', arg0: 0x01000000, arg1: 0, payload: Buffer.alloc(0) })
    const address = await listen(
      createServer((computer) => void computer.on('error', () => undefined).write(wantsTls)),
    )
    await expect(link.connect!({ address }, {}, {})).rejects.toMatchObject({
      code: 'not-allowed',
      message: 'This phone wants to be spoken to by the program adb.',
    })
    await expect(link.connect!({ address, pairing: address }, { code: '123456' }, {})).rejects.toMatchObject({
      message: 'The program adb is not on this computer.',
    })
    await expect(link.connect!({ address: 'x; y' }, {}, {})).rejects.toMatchObject({ code: 'bad-input' })
  }, 30_000)
})
