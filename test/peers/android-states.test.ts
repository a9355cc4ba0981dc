/** What keeps an Android phone from being read, by the real ADB server: each is a state with one sentence, and one on what to do. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhones } from '../android/phone.ts'
import { addContacts } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'

describePhone('an Android phone that is connected', (programs) => {
  let phones: [Phone, Phone]
  let keeper: Keeper

  beforeEach(async () => {
    phones = (await startPhones(programs, ['STATE1', 'STATE2'])) as [Phone, Phone]
    for (const { content } of phones) addContacts(content, seeded(1), 3)
    keeper = await openKeeper(phones[0].socket)
  })

  afterEach(async () => {
    await keeper?.close()
    await phones?.[0].stop()
  })

  const list = async () =>
    (await keeper.engine.call('links.list', {})).map(({ source, state }) => ({ source, ...state }))
  const capture = (source: string, phone?: string) =>
    keeper.engine.call('links.capture', { source, ...(phone ? { phone } : {}) })

  test('but has not allowed this computer waits for its owner, and knows the computer from then on', async () => {
    const [phone] = phones
    await phone.behave('locked')
    await phone.plugIn()
    const [found] = await list()
    expect(found).toMatchObject({
      code: 'unauthorised',
      sentence: 'The phone has not allowed this computer yet.',
      next: 'Unlock the phone and tap Allow in its question about USB debugging.',
    })
    await expect(capture(found!.source)).rejects.toMatchObject({
      code: 'unreachable',
      message: found!.sentence,
      next: found!.next,
    })
    await phone.allow()
    await expect.poll(list).toMatchObject([{ source: 'android:android-STATE1', code: 'ready' }])
    expect(await capture('android:android-STATE1')).toMatchObject({ contacts: { added: 3 } })
    await phone.unplug()
    expect(await list()).toMatchObject([{ source: 'android:android-STATE1', code: 'absent' }])
    await phone.plugIn()
    expect(await list()).toMatchObject([{ source: 'android:android-STATE1', code: 'ready' }])
  })

  test('but does not answer is said to be so', async () => {
    const [phone] = phones
    await phone.behave('mute')
    const plugged = expect(phone.plugIn()).rejects.toThrow('the phone has ended')
    await expect.poll(list).toMatchObject([
      {
        code: 'offline',
        sentence: 'The phone does not answer.',
        next: expect.stringMatching(/^Unlock it/),
      },
    ])
    await phone.stop()
    await plugged
  })

  test('but has started another system than its own is told to start again', async () => {
    const [phone] = phones
    await phone.behave('recovery')
    await phone.plugIn()
    const [found] = await list()
    expect(found).toMatchObject({ code: 'wrong-mode', next: expect.stringMatching(/^Start it again/) })
    await expect(capture(found!.source)).rejects.toMatchObject({ message: found!.sentence })
  })

  test('beside another of the same name is told from it by its number', async () => {
    for (const phone of phones) await phone.plugIn()
    expect((await list()).map(({ source, code }) => [source, code]).sort()).toEqual([
      ['android:android-STATE1', 'ready'],
      ['android:android-STATE2', 'ready'],
    ])
    await expect(capture('Pixel 8')).rejects.toMatchObject({
      message: 'Several are called “Pixel 8”.',
      next: expect.stringContaining('android:android-STATE2'),
    })
    expect(await capture('android:android-STATE1')).toMatchObject({ phone: 'Pixel 8' })
    await expect(capture('android:android-STATE2')).rejects.toMatchObject({ code: 'already-exists' })
    expect(await capture('android:android-STATE2', 'Bo')).toMatchObject({
      phone: 'Bo',
      contacts: { added: 3 },
    })
    await phones[0].unplug()
    expect((await list()).map(({ source, code }) => [source, code]).sort()).toEqual([
      ['android:android-STATE1', 'absent'],
      ['android:android-STATE2', 'ready'],
    ])
  })

  test('to a computer without adb is not found, and its owner is told what to install', async () => {
    await phones[0].plugIn()
    await capture('android:android-STATE1')
    // With the server goes what could start it.
    await phones[0].stop()
    const problem = {
      sentence: 'The program adb is not on this computer.',
      next: expect.stringContaining('package `adb`'),
    }
    expect(await list()).toMatchObject([
      { source: 'android:android-STATE1', code: 'unreachable', ...problem },
    ])
    const address = { link: 'android' as const, options: { address: '127.0.0.1:15556' } }
    await expect(keeper.engine.call('links.connect', address)).rejects.toMatchObject({
      code: 'unreachable',
      message: problem.sentence,
      next: problem.next,
    })
  })
})
