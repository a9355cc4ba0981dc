/** An Android phone that falls silent while its cable is in: every call ends with a sentence, at once when its owner asks. */
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describePhone } from '../android/describe-phone.ts'
import { type Keeper, openKeeper } from '../android/keeper.ts'
import { type Phone, startPhone } from '../android/phone.ts'
import { addContacts, addEvents, addPhotos } from '../android/phone-data.ts'
import { seeded } from '../phone/chance.ts'

const [CONTACTS, EVENTS, PHOTOS] = [30, 20, 30]
const NOW = Date.UTC(2026, 10, 20, 9)
const SOURCE = 'android:android-SILENT1'
/** Of a whole capture: while its contacts are read, and while its photos are. */
const SHARES = [0.2, 0.7]
const SILENCE = 5000
const silent = { code: 'unreachable', message: 'The phone has stopped answering.' }

describePhone('an Android phone that falls silent', (programs) => {
  let phone: Phone
  let keeper: Keeper
  /** Bytes that a whole capture takes. */
  let bytes: number

  beforeAll(async () => {
    const chance = seeded(4)
    phone = await startPhone({ ...programs, serial: 'SILENT1' })
    addContacts(phone.content, chance, CONTACTS)
    addEvents(phone.content, chance, EVENTS, NOW)
    await addPhotos(phone, chance, PHOTOS, NOW)
    await phone.plugIn()
    keeper = await openKeeper(phone.socket)
    const before = await phone.carried()
    await capture(keeper)
    bytes = (await phone.carried()) - before
  }, 60_000)

  beforeEach(async () => {
    await phone.unplug()
    await phone.plugIn()
  })

  afterAll(async () => {
    await keeper?.close()
    await phone?.stop()
  })

  const capture = ({ engine }: Keeper) => engine.call('links.capture', { source: SOURCE })

  it.each(SHARES)('ends a capture after %f of it, and the next goes on', async (share) => {
    const patient = await openKeeper(phone.socket, { silence: SILENCE })
    await phone.after(share * bytes, 'silent')
    await expect(capture(patient)).rejects.toMatchObject(silent)
    await phone.unplug()
    await phone.plugIn()
    const held = (await patient.photos()).size
    const { files } = await capture(patient)
    expect(files).toMatchObject({ added: PHOTOS - held, unchanged: held })
    expect(patient.texts('contacts')).toEqual(keeper.texts('contacts'))
    await patient.close()
  })

  it.each(SHARES)('ends a capture at once when it is cancelled, after %f of it', async (share) => {
    const other = await openKeeper(phone.socket)
    await phone.after(share * bytes, 'silent')
    const captured = expect(capture(other)).rejects.toMatchObject({ code: 'cancelled' })
    await untilSilent()
    const asked = performance.now()
    await other.engine.call('links.cancel', {})
    await captured
    expect(performance.now() - asked).toBeLessThan(10_000)
    await other.close()
  })

  it('ends what is sent', async () => {
    const patient = await openKeeper(phone.socket, { silence: SILENCE })
    await capture(patient)
    await phone.reset()
    const send = () => patient.engine.call('links.send', { source: SOURCE, kinds: ['photos'], dryRun: false })
    await phone.after(bytes / 4, 'silent')
    await expect(send()).rejects.toMatchObject(silent)
    await phone.unplug()
    await phone.plugIn()
    await send()
    expect(await send()).toMatchObject({ added: 0, unchanged: PHOTOS, failed: [] })
    await patient.close()
  })

  it('is listed as one that does not answer', async () => {
    await phone.after(0, 'silent')
    const asked = performance.now()
    expect((await keeper.engine.call('links.list', {}))[0]!.state).toMatchObject({
      sentence: 'The phone does not answer.',
      next: expect.stringContaining('unplug it'),
    })
    expect(performance.now() - asked).toBeLessThan(30_000)
  })

  /** The cable has carried what it was to carry, and no more comes. */
  async function untilSilent(): Promise<void> {
    for (let last = -1, now = await phone.carried(); now !== last; now = await phone.carried()) {
      last = now
      await setTimeout(500)
    }
  }
})
