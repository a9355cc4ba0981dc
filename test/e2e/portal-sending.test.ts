/** The screen that photos are sent from, in a real browser: its queue, the screen kept awake, a locked phone, and what came of it. */
import type { Page, Request, Route } from 'playwright-core'
import { expect, it } from 'vitest'
import { type Doubt, portalPaths } from '../../preload/portal.ts'
import { seeded } from '../phone/chance.ts'
import { takePhoto } from '../phone/make-photo.ts'
import type { PortalPages } from './portal-browser.ts'
import { describePortalPages } from './portal-suite.ts'
import { hashOf } from './some-photos.ts'

const UPLOADS = `**${portalPaths.uploads}**`
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15'

function picture(n: number) {
  const { data } = takePhoto(seeded(n), new Date('2026-11-22T12:00:00Z'), { width: 64, height: 48 })
  return { name: `IMG_000${n}.jpg`, mimeType: 'image/jpeg', buffer: data }
}

const PICTURES = [1, 2, 3].map(picture)

/** A computer that takes every upload, as tus has it; its address of one ends with the length. */
async function takeAll(route: Route): Promise<void> {
  const request = route.request()
  const length = request.headers()['upload-length'] ?? request.url().split('/').at(-1)!
  if (request.method() === 'POST')
    return route.fulfill({ status: 201, headers: { location: portalPaths.uploads + length } })
  const offset = request.method() === 'HEAD' ? '0' : length
  return route.fulfill({ status: 200, headers: { 'upload-length': length, 'upload-offset': offset } })
}

/** A computer that takes an upload, and then no byte of it until it is let go. */
async function hold(page: Page): Promise<{ held: Promise<Request>; letGo(): Promise<void> }> {
  const { promise: held, resolve } = Promise.withResolvers<Request>()
  const waiting: Route[] = []
  let isOpen = false
  await page.route(UPLOADS, async (route) => {
    if (isOpen || route.request().method() === 'POST') return takeAll(route)
    waiting.push(route)
    resolve(route.request())
  })
  return {
    held,
    async letGo() {
      isOpen = true
      // Those that the page gave up meanwhile are gone.
      for (const route of waiting.splice(0)) await takeAll(route).catch(() => undefined)
    },
  }
}

/** What the computer finds when it reads back what it was sent. */
function verified({ answers }: PortalPages, doubts: Doubt[][] = []): void {
  answers['photos.verify'] = {
    files: PICTURES.map(({ buffer }, n) => ({ hash: hashOf(buffer), stored: true, doubts: doubts[n] ?? [] })),
  }
}

const pick = (page: Page) => page.getByLabel('From Photos').setInputFiles(PICTURES)
const says = (page: Page, activity: string) => page.getByRole('heading', { name: activity }).waitFor()

/** Notes whether the screen is kept awake; a browser without a screen has nothing to keep. */
const wakeLocks = `window.awake = 0
  navigator.wakeLock.request = async () => {
    window.awake++
    const lock = new EventTarget()
    lock.release = async () => { window.awake--; lock.dispatchEvent(new Event('release')) }
    return lock
  }`

/** Locks and unlocks the phone, as far as a page notices: it is hidden, and the system lets the screen go. */
const lockable = `let isHidden = false
  Object.defineProperty(document, 'hidden', { get: () => isHidden })
  window.setHidden = (hidden) => { isHidden = hidden; document.dispatchEvent(new Event('visibilitychange')) }`

describePortalPages('sending photos', (portal) => {
  it('shows a queue with pictures, counts and bytes, which can be paused and goes on', async () => {
    verified(portal())
    const page = await portal().open('#photos')
    const { held, letGo } = await hold(page)
    await pick(page)
    await held
    await says(page, 'Sending')
    expect(await page.locator('.progress-counts').textContent()).toBe('0 of 3 files')
    expect(await page.locator('.progress-bytes').textContent()).toMatch(/^0 bytes of [\d.]+ kB$/)
    for (const { name } of PICTURES) await page.locator('.file-row', { hasText: name }).waitFor()
    await expect.poll(() => page.locator('.file-row canvas').count()).toBe(3)
    const corner = `document.querySelector('.file-row canvas').getContext('2d').getImageData(9, 9, 1, 1).data[3]`
    expect(await page.evaluate(corner)).toBe(255)

    await page.getByRole('button', { name: 'Pause' }).click()
    await says(page, 'Paused')
    await letGo()
    await page.getByRole('button', { name: 'Go on', exact: true }).click()
    await page.getByText('3 files stored, read back from the disk and compared').waitFor()
    await page.context().close()
  })

  it('keeps the screen awake while it works, and not when it is paused, done or hidden', async () => {
    verified(portal())
    const page = await portal().open('#')
    await page.context().addInitScript(`${wakeLocks}; ${lockable}`)
    await page.goto(`${portal().url}?#photos`)
    const awake = () => page.evaluate('window.awake')
    const { held, letGo } = await hold(page)
    await pick(page)
    await held
    await expect.poll(awake).toBe(1)
    await page.getByRole('button', { name: 'Pause' }).click()
    await expect.poll(awake).toBe(0)
    await page.getByRole('button', { name: 'Go on', exact: true }).click()
    await expect.poll(awake).toBe(1)
    await page.evaluate('setHidden(true)')
    await expect.poll(awake).toBe(0)
    await page.evaluate('setHidden(false)')
    await expect.poll(awake).toBe(1)
    await letGo()
    await page.getByText('3 files stored').waitFor()
    await expect.poll(awake).toBe(0)
    await page.context().close()
  })

  it('goes on when the phone is unlocked, after its lock had cut the connection', async () => {
    verified(portal())
    const page = await portal().open('#')
    await page.context().addInitScript(lockable)
    await page.goto(`${portal().url}?#photos`)
    const { held, letGo } = await hold(page)
    await pick(page)
    await held
    await page.evaluate('setHidden(true)')
    await page.context().setOffline(true)
    await says(page, 'Waiting for the computer')
    await letGo()
    await page.context().setOffline(false)
    await page.evaluate('setHidden(false)')
    await page.getByText('3 files stored').waitFor()
    await page.context().close()
  })

  it('says in a sentence what may not be originals, and by which ways they come', async () => {
    verified(portal(), [['converted', 'place-removed'], ['converted'], ['film-missing']])
    const page = await portal().open('#photos')
    await page.route(UPLOADS, takeAll)
    await pick(page)
    const notice = page.locator('.notice', { hasText: 'Perhaps not the originals' })
    await notice.waitFor()
    expect(await notice.locator('li').allTextContents()).toEqual([
      '2 files came as JPEG where the phone most likely has a HEIC original.',
      '1 file came without the place where it was taken.',
      '1 Live Photo came without the film.',
    ])
    for (const way of ['Nextcloud app', 'PhotoSync', 'cable', 'iPhone backup'])
      expect(await notice.textContent()).toContain(way)
    await page.context().close()
  })

  it('asks an iPhone for the types that it hands over as they are, and its owner for “Current”', async () => {
    const page = await portal().open('#photos', { userAgent: IPHONE })
    const accepted = (await page.getByLabel('From Photos').getAttribute('accept'))?.split(',') ?? []
    expect(accepted).toEqual(expect.arrayContaining(['image/heic', 'video/quicktime', 'image/x-adobe-dng']))
    // By these an iPhone makes a JPEG of each photo.
    expect(accepted.filter((type) => type.endsWith('/*'))).toEqual([])
    expect(await page.getByLabel('From Files').getAttribute('accept')).toBeNull()
    expect(await page.getByText('tap Options and choose “Current”').isVisible()).toBe(true)
    await page.context().close()
  })

  it('tells the owner of an Android phone that the place is taken out of what a page gets', async () => {
    const userAgent = 'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Mobile'
    const page = await portal().open('#photos', { userAgent })
    await page.getByText('Android takes the place out of photos').waitFor()
    expect(await page.getByText('exactly as they are').count()).toBe(0)
    await page.context().close()
  })

  it('says which files were not stored and why, beside those that were', async () => {
    verified(portal())
    const files = portal().answers['photos.verify']
    if (typeof files !== 'number') files.files[1]!.stored = false
    const page = await portal().open('#photos')
    await page.route(UPLOADS, takeAll)
    await pick(page)
    await page.getByText('Some files are not on your computer.').waitFor()
    await page.getByText('2 files stored').click()
    const stored = page.locator('details', { hasText: '2 files stored' }).locator('li')
    await expect.poll(() => stored.allTextContents()).toEqual([PICTURES[0]!.name, PICTURES[2]!.name])
    const failed = page.locator('.file-row', { hasText: PICTURES[1]!.name })
    expect(await failed.textContent()).toContain('did not give the same file. Try again')
    expect(await page.locator('.file-row').count()).toBe(1)
    await page.context().close()
  })
})
