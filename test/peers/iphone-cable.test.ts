/** An iPhone on a cable, as the real programs of libimobiledevice see it: trust, a backup by idevicebackup2, and what comes of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseBinary } from 'plist'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { installedTools } from '../../main/links/iphone/connected/tools.ts'
import { createIphoneLink } from '../../main/links/iphone/iphone.ts'
import type { CaptureRequest, Link, Source } from '../../main/links/link.ts'
import { UDID } from '../phone/iphone-backup.ts'
import { makeAddressBook, makeCalendars, makePhotos, phoneFiles } from '../phone/iphone-data.ts'
import { type Cable, type PhoneOnCable, plugIn } from '../phone/iphone-usb.ts'
import { recorder } from '../unit/iphone/recorder.ts'
import { describeEachPeer } from './peers.ts'

const FILM = Buffer.alloc(3_000_001, 'film')

function phone(): PhoneOnCable {
  return {
    ...{
      udid: UDID,
      name: 'Ada’s iPhone',
      isPluggedIn: true,
      isPaired: false,
      trust: 'trusted',
      encrypts: false,
    },
    password: undefined,
    passcode: async () => true,
    sent: () => undefined,
    plan: () => ({
      takenAt: Date.now(),
      files: [
        ...phoneFiles({
          addressBook: makeAddressBook('new', { people: [{ ROWID: 1, First: 'Ada', StoreID: 0 }] }),
          calendar: makeCalendars('new', {}),
          photos: makePhotos('new', [{ directory: 'DCIM/100APPLE', filename: 'IMG_0001.MOV' }]),
        }),
        { domain: 'CameraRollDomain', path: 'Media/DCIM/100APPLE/IMG_0001.MOV', bytes: FILM },
      ],
    }),
  }
}

describeEachPeer('idevicebackup2', 'an iPhone on a cable', (peer) => {
  let top: string
  let cable: Cable
  let link: Link
  let later: number
  beforeEach(async () => {
    later = 0
    top = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-cable-'))
    cable = await plugIn(phone())
    const PATH = `${dirname(peer.path)}${delimiter}${process.env.PATH}`
    link = createIphoneLink({
      ...{ places: [], own: join(top, 'own'), temporary: join(top, 'temporary') },
      memory: { read: () => undefined, write: async () => undefined },
      run: installedTools({ ...process.env, ...cable.env, PATH }),
      now: () => Date.now() + later,
    })
    mkdirSync(join(top, 'own'))
  })
  afterEach(async () => {
    await cable.close()
    rmSync(top, { recursive: true })
  })

  async function only(): Promise<Source> {
    const sources = await link.find({})
    expect(sources).toHaveLength(1)
    return sources[0]!
  }

  async function capture(request: Partial<CaptureRequest> = {}, signal?: AbortSignal) {
    const to = recorder()
    const phases: string[] = []
    const kinds = ['contacts', 'calendar', 'photos'] as const
    await link.capture(
      await only(),
      { kinds, cursor: undefined, secrets: {}, asked: true, ...request },
      to.sink,
      { signal, report: ({ phase }) => phases.push(phase) },
    )
    return { ...to, phases }
  }

  const snapshotState = () =>
    (parseBinary(readFileSync(join(top, 'own', UDID, 'Status.plist'))) as Record<string, unknown>)
      .SnapshotState

  it('is there while it is plugged in, and tells what its owner has to do', async () => {
    expect(await only()).toMatchObject({ id: UDID, name: 'Ada’s iPhone', state: { code: 'ready' } })
    for (const [trust, code] of [
      ['asks', 'unauthorised'],
      ['denied', 'unauthorised'],
      ['locked', 'locked'],
    ] as const) {
      cable.phone.trust = trust
      expect((await only()).state.code, trust).toBe(code)
    }
    Object.assign(cable.phone, { trust: 'trusted', isPaired: false })
    expect((await only()).state.code, 'reset, and asked anew').toBe('ready')
    expect(cable.phone.isPaired).toBe(true)
    cable.phone.isPluggedIn = false
    expect(await link.find({})).toEqual([])
  })

  it('makes a backup that is read whole, and says how far it is', async () => {
    const { collections, files, missed, phases } = await capture()
    expect(collections.get('contacts:iPhone')?.texts).toEqual([expect.stringContaining('FN:Ada')])
    expect(files.get('DCIM/100APPLE/IMG_0001.MOV')).toBe(FILM.toString())
    expect(missed).toEqual([])
    expect(phases[0]).toContain('passcode')
    expect(phases).toContain('The iPhone makes its backup: 100 %')
    expect(phases.length).toBeGreaterThan(3)
  })

  it('makes the next backup over the last', async () => {
    await capture()
    const took = (await only()).edition
    const people = [1, 2].map((ROWID) => ({ ROWID, First: `Ada ${ROWID}`, StoreID: 0 }))
    later = 3_600_000
    const files = phoneFiles({ addressBook: makeAddressBook('new', { people }) })
    cable.phone.plan = () => ({ takenAt: Date.now() + later, files })
    const { collections } = await capture({ kinds: ['contacts'] })
    expect(collections.get('contacts:iPhone')?.texts).toHaveLength(2)
    expect((await only()).edition).not.toBe(took)
  })

  it('keeps its backups encrypted', async () => {
    Object.assign(cable.phone, { encrypts: true, password: 'secret' })
    await expect(capture()).rejects.toMatchObject({ code: 'wrong-password' })
    expect((await capture({ secrets: { password: 'secret' } })).collections.size).toBe(2)
    expect(cable.phone.encrypts).toBe(true)
    await expect(link.connect!({ encryption: 'off' }, { password: 'secret' }, {})).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  it('switches encryption on, or says how where this version can’t do it unseen', async () => {
    const asked = link.connect!({ encryption: 'on' }, { password: 'secret' }, {})
    if (peer.version.startsWith('1.3')) {
      await expect(asked).rejects.toMatchObject({ next: expect.stringContaining('-i encryption on') })
      return
    }
    expect(await asked).toMatchObject({ state: { code: 'password-needed' } })
    expect(cable.phone).toMatchObject({ encrypts: true, password: 'secret' })
  })

  it('that nobody unlocks in time says so', async () => {
    cable.phone.passcode = async () => false
    await expect(capture()).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('passcode'),
    })
  })

  it('that is unplugged on the way leaves nothing that counts, and goes on when it is back', async () => {
    const { phone } = cable
    let count = 0
    phone.sent = () => {
      if (++count === 3) throw new Error('The cable is pulled.')
    }
    await expect(capture()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cable/),
    })
    expect(snapshotState()).toBe('uploading')
    phone.isPluggedIn = false
    expect((await link.find({})).filter(({ state }) => state.code === 'ready')).toEqual([])
    phone.isPluggedIn = true
    expect((await capture()).files.size).toBe(1)
    expect(snapshotState()).toBe('finished')
  })

  it('stops its backup when asked, also while it waits for its passcode', async () => {
    for (const when of ['passcode', 'files'] as const) {
      const stop = new AbortController()
      let isWaiting = false
      const wait = async () => {
        isWaiting = true
        while (!stop.signal.aborted) await delay(20)
        await delay(100)
        return true
      }
      cable.phone.passcode = when === 'passcode' ? wait : async () => true
      cable.phone.sent = () => {
        if (when === 'files') stop.abort()
      }
      const ended = expect(capture({}, stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
      if (when === 'passcode') {
        while (!isWaiting) await delay(20)
        expect((await only()).state.code).toBe('passcode-needed')
        stop.abort()
      }
      await ended
    }
  })
})
