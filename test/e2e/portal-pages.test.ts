/** What the phone's pages do in a real browser, whatever the portal answers: hashes, contacts from the picker, sharing, returning. */
import { createHash, randomBytes } from 'node:crypto'
import type { Page, Request } from 'playwright-core'
import { expect, it } from 'vitest'
import { portalContract, portalPaths } from '../../preload/portal.ts'
import { someAnswers } from './portal-answers.ts'
import { describePortalPages } from './portal-suite.ts'

const isCall = (name: string) => (request: Request) => request.url().endsWith(portalPaths.api + name)

/** Makes it like a browser that lets no page run WebAssembly. @returns whether that came into effect */
async function forbidWebAssembly(page: Page): Promise<() => boolean> {
  let forbidden = false
  await page.route(/hash-worker/, async (route) => {
    forbidden = true
    const response = await route.fetch()
    const headers = {
      ...response.headers(),
      'content-security-policy': "default-src 'none'; script-src 'self'",
    }
    await route.fulfill({ response, headers })
  })
  return () => forbidden
}

describePortalPages('the phone’s pages', (portal) => {
  it.each([
    { how: 'with WebAssembly', prepare: async () => () => true },
    { how: 'where WebAssembly is forbidden', prepare: forbidWebAssembly },
  ])('hashes a file of several slices $how', async ({ prepare }) => {
    const page = await portal().open('#', { serviceWorkers: 'block' })
    const isSo = await prepare(page)
    await page.getByRole('link', { name: 'Photos', exact: true }).click()
    const buffer = randomBytes(9_000_001)
    const asked = page.waitForRequest(isCall('photos.known'))
    await page.getByLabel('From Files').setInputFiles({ name: 'film.mp4', mimeType: 'video/mp4', buffer })
    const { hashes } = portalContract['photos.known'].input.parse((await asked).postDataJSON())
    expect(isSo()).toBe(true)
    expect(hashes).toEqual([createHash('sha256').update(buffer).digest('hex')])
    await page.context().close()
  })

  it('leaves out what is neither photo nor film, and says so', async () => {
    const page = await portal().open('#photos')
    await page
      .getByLabel('From Files')
      .setInputFiles({ name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') })
    await page.getByText('1 file left out').waitFor()
    await page.context().close()
  })

  it('says in the computer’s words why a photo was not stored, and stops when its disk is full', async () => {
    const page = await portal().open('#photos')
    const problem = { code: 'disk-full', sentence: 'The disk is full.', next: 'Free some space on it.' }
    await page.route(`**${portalPaths.uploads}`, (route) => route.fulfill({ status: 507, json: problem }))
    const files = ['a', 'b', 'c'].map((name) => ({
      ...{ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(name) },
    }))
    await page.getByLabel('From Photos').setInputFiles(files)
    await page.getByText('The disk is full. Free some space on it.').first().waitFor()
    await page.getByRole('heading', { name: 'Paused' }).waitFor()
    await page.context().close()
  })

  it('sends contacts from the phone’s own picker as vCards', async () => {
    const page = await portal().open('#')
    await page.context().addInitScript(`Object.defineProperty(navigator, 'contacts', { value: {
      getProperties: async () => ['name', 'tel'],
      select: async (properties) => [{ name: ['Ada Lovelace'], tel: ['+44 20 7946 0000'] }],
    } })`)
    await page.route(`**${portalPaths.send}contacts`, (route) =>
      route.fulfill({ json: { added: 1, changed: 0, unchanged: 0, unreadable: 0 } }),
    )
    await page.goto(`${portal().url}#send`)
    await page.reload()
    const sent = page.waitForRequest(`**${portalPaths.send}contacts`)
    await page.getByRole('button', { name: 'Choose contacts' }).click()
    expect((await sent).postData()).toMatch(/^BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\n/)
    await page.getByText('1 new').waitFor()
    await page.context().close()
  })

  it('shares chosen photos one by one, with the film that belongs to one', async () => {
    const page = await portal().open('#')
    await page.evaluate(`navigator.canShare = () => true
      globalThis.shared = []
      navigator.share = async ({ files }) => shared.push(files[0].name)`)
    await page.getByRole('link', { name: 'Get back' }).click()
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: 'One by one' }).click()
    await page.getByRole('button', { name: 'Share IMG_2040.HEIC' }).click()
    await page.getByRole('button', { name: 'Share IMG_2040.MOV' }).click()
    await page.getByText('All of them have been handed over').waitFor()
    expect(await page.evaluate('shared')).toEqual(['IMG_2040.HEIC', 'IMG_2040.MOV'])
    await page.context().close()
  })

  it('asks for all photos without naming them, and for the chosen ones by name', async () => {
    const page = await portal().open('#back')
    await page.getByRole('button', { name: 'Choose all' }).click()
    const all = page.waitForRequest(isCall('photos.zip'))
    await page.getByRole('button', { name: 'Get as one file' }).click()
    expect((await all).postDataJSON()).toEqual({})
    await page.getByRole('button', { name: 'Choose none' }).click()
    await page.getByRole('checkbox').nth(1).check()
    const some = page.waitForRequest(isCall('photos.zip'))
    await page.getByRole('button', { name: 'Get as one file' }).click()
    expect((await some).postDataJSON()).toEqual({ ids: ['photo-1'] })
    await page.context().close()
  })

  it.each([
    ['iphone', 'not switched on in Certificate Trust Settings'],
    ['android', 'is not installed on this phone yet'],
  ] as const)('says at once what is wrong with the apps of a phone (%s)', async (platform, cause) => {
    const { answers } = portal()
    const at = Date.now() - 30_000
    const { services } = someAnswers(at)['setup.checks']
    answers['setup.show'] = { ...someAnswers(at)['setup.show'], platform }
    answers['setup.checks'] = { services, distrustedAt: at }
    const page = await portal().open('#setup')
    const wrong = page.locator('.notice.bad')
    await wrong.filter({ hasText: 'did not trust your computer' }).filter({ hasText: cause }).waitFor()
    await page.context().setOffline(true)
    for (const text of ['does not reach your computer', 'Wrong network', 'Firewall'])
      await wrong.filter({ hasText: text }).waitFor()
    answers['setup.checks'] = { services, distrustedAt: null }
    await page.context().setOffline(false)
    await wrong.waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('shows an iPhone’s two places in Settings as pictures, with what they show in words', async () => {
    portal().answers['setup.show'] = { ...someAnswers(Date.now())['setup.show'], platform: 'iphone' }
    const page = await portal().open('#setup')
    for (const name of [/^Settings with the line Profile Downloaded/, /^Certificate Trust Settings with/])
      expect((await page.getByRole('img', { name }).boundingBox())?.height).toBeGreaterThan(100)
    await page.context().close()
  })

  it('copies a detail by a tap, and marks it where the browser lets no page copy', async () => {
    const { password, files } = someAnswers(0)['setup.show']
    const page = await portal().open('#setup')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByText('PhotoSync, FolderSync and other apps').click()
    await page.getByRole('button', { name: 'Copy: Password' }).click()
    await page.getByText('Password: Copied').waitFor({ state: 'attached' })
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(password)
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))')
    await page.getByRole('button', { name: 'Copy: Address for photos and files (WebDAV)' }).click()
    expect(await page.evaluate('String(getSelection())')).toBe(files)
    await page.context().close()
  })

  it('can be put on the home screen as an app', async () => {
    const page = await portal().open('#')
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    const devtools = await page.context().newCDPSession(page)
    expect((await devtools.send('Page.getAppManifest')).errors).toEqual([])
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
    // A browser that keeps nothing installs nothing; that is the test's own.
    const ours = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')
    expect(ours).toEqual([])
    await page.context().close()
  })

  it('leads a phone that came back after a reset to its data', async () => {
    portal().answers['pair.state'] = { state: 'paired', code: null, wasReset: true }
    const page = await portal().open('#pair=SECRET')
    await page.getByRole('heading', { level: 1, name: 'Get it back' }).waitFor()
    await page.context().close()
  })

  it('goes on with pairing when the page was loaded anew', async () => {
    portal().answers['pair.state'] = { state: 'waiting', code: '482913', wasReset: false }
    const page = await portal().open('#pair')
    await page.getByText('482 913').waitFor()
    portal().answers['pair.state'] = { state: 'paired', code: null, wasReset: false }
    await page.getByRole('heading', { level: 1, name: 'Set up' }).waitFor()
    await page.context().close()
  })
})
