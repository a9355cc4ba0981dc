/** A new owner connects phones: the page to begin with, QR code and check code, apps set up and seen at work, the Nextcloud app, an iPhone. */
import { readFile } from 'node:fs/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { parse } from 'plist'
import { DAVClient } from 'tsdav'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { card } from '../peers/dav-fixture.ts'
import { describePhone, IPHONE, openPhoneBrowser, PIXEL } from './phone-browser.ts'
import { type Account, beginStory, pairByCode, readAccount, type Story } from './portal-story.ts'

const NAME = 'Jürgens größtes Händi 📱'

describePhone('A new phone', (program) => {
  let story: Story
  let phone: BrowserContext
  let page: Page
  let account: Account

  beforeAll(async () => {
    story = await beginStory(program, false)
  })
  afterAll(() => story?.[Symbol.asyncDispose]())

  test('is told by the first page that it does not know the computer yet', async () => {
    const stranger = await story.browser.newPhone(PIXEL)
    const first = await stranger.newPage()
    await first.goto(`${story.url.replace('https:', 'http:')}/#pair=SECRET`)
    await first.locator('#state[data-state="unknown"]').waitFor()
    expect(await first.getByRole('link', { name: 'Get the certificate' }).isVisible()).toBe(true)
    // Chromium says so in the console; nothing else may be wrong.
    expect(story.browser.failures.every((text) => text.includes('net::ERR_CERT'))).toBe(true)
    await story.browser.trust(story.root)
  })

  test('goes on by itself to the same check code on both sides, and is paired', async () => {
    phone = await story.browser.newPhone(PIXEL)
    page = await phone.newPage()
    const { secret, paired } = await pairByCode(story, page, [NAME], 'setup')
    expect(paired).toMatchObject({ phone: { name: NAME, wasReset: false }, device: { name: 'Pixel 7' } })

    // The secret is in the fragment, and then in an encrypted body.
    expect(story.wire.inClear()).toContain('GET / HTTP/1.1')
    for (const heard of [story.wire.inClear(), ...story.browser.asked, story.logged()])
      expect(heard).not.toContain(secret)
    expect(page.url()).toBe(`${story.url}/portal/#setup`)
    await page.evaluate('navigator.serviceWorker.ready')
  })

  test('is shown the same account for every app', async () => {
    account = await readAccount(page)
    const { user, password } = account
    expect(password).toMatch(/^[A-Za-z0-9]{12,}$/)
    const host = new URL(story.url).host
    expect(await page.getByRole('link', { name: 'Set up DAVx5' }).getAttribute('href')).toBe(
      `davx5://${user}:${password}@${host}/dav/`,
    )
    await page.getByText('PhotoSync, FolderSync and other apps').click()
    await page.getByRole('button', { name: 'Show: Password' }).click()
    const shown = (label: string) => page.getByLabel(label, { exact: true }).textContent()
    expect(await shown('Password')).toBe(password)
    expect(await shown('User name')).toBe(user)
    expect(await shown('Address for photos and files (WebDAV)')).toContain(story.url)
  })

  test('hears why an app gets nowhere that does not know the computer', async () => {
    await page.locator('.check').first().waitFor()
    expect(await page.getByText('an app did not trust your computer').count()).toBe(0)
    await using stranger = await openPhoneBrowser(program, story.wire.port)
    const app = await (await stranger.newPhone(PIXEL)).newPage()
    await expect(app.goto(story.url)).rejects.toThrow('net::ERR_CERT')
    await page.getByText('an app did not trust your computer').waitFor()
  })

  test('sees its contacts app at work', async () => {
    expect(await page.locator('.check.works').count()).toBe(0)
    const contacts = new DAVClient({
      serverUrl: `${story.url}/dav/`,
      credentials: { username: account.user, password: account.password },
      authMethod: 'Basic',
      defaultAccountType: 'carddav',
    })
    await contacts.login()
    const [addressBook] = await contacts.fetchAddressBooks()
    const names = ['käthe', 'björn', 'ada']
    for (const name of names) {
      const made = { addressBook: addressBook!, filename: `${name}.vcf`, vCardString: card(name) }
      expect((await contacts.createVCard(made)).status).toBe(201)
    }
    const cards = await contacts.fetchVCards({ addressBook: addressBook! })
    expect(cards.map(({ data }) => data).sort()).toEqual(names.map((name) => card(name).trim()).sort())

    const works = page.locator('.check.works', { hasText: 'Contacts' })
    await works.waitFor()
    expect(await works.textContent()).toContain('Works')
    expect(await page.locator('.check.works').count()).toBe(1)
    expect(await page.getByText('an app did not trust your computer').count()).toBe(0)
    // It was seen working, and is not needed in clear any more.
    await page.reload()
    await page.getByRole('button', { name: 'Make a new password' }).waitFor()
    expect(await page.locator(`:text("${account.password}")`).count()).toBe(0)
  })

  test('lets the Nextcloud app in on its page', async () => {
    const agent = 'Mozilla/5.0 (Android) Nextcloud-android/3.33.0'
    const begun = await post(`${story.url}/index.php/login/v2`, '', agent)
    const { login, poll } = loginFlow.parse(await begun.json())
    const ask = () => post(poll.endpoint, `token=${poll.token}`, agent)
    expect((await ask()).status).toBe(404)

    const opened = await phone.newPage()
    await opened.goto(login)
    await opened.getByText('Nextcloud asks to store files').waitFor()
    expect(opened.url()).toBe(`${story.url}/portal/#allow`)
    await opened.getByRole('button', { name: 'Allow' }).click()
    await opened.getByText('Go back to the app').waitFor()

    const { server, loginName, appPassword } = credentials.parse(await (await ask()).json())
    expect([server, loginName]).toEqual([story.url, account.user])
    const files = `${server}/remote.php/dav/files/${loginName}/`
    expect(await propfind(files, loginName, appPassword)).toBe(207)
    expect(await propfind(files, loginName, `${appPassword}x`)).toBe(401)
    expect((await ask()).status).toBe(404)
    await page.locator('.check.works', { hasText: 'Nextcloud app' }).waitFor()
  })

  test('that is an iPhone gets its profile once, over TLS', async () => {
    const iphone = await story.browser.newPhone(IPHONE)
    const setup = await iphone.newPage()
    await pairByCode(story, setup, ['Ada’s iPhone'], 'setup')
    const button = setup.getByRole('link', { name: 'Get the profile' })
    const path = await button.getAttribute('href')
    const [download] = await Promise.all([setup.waitForEvent('download'), button.click()])
    const { PayloadContent: parts } = profile.parse(parse(await readFile(await download.path(), 'utf8')))
    expect(parts.map(({ PayloadType }) => PayloadType)).toEqual([
      'com.apple.security.root',
      'com.apple.carddav.account',
      'com.apple.caldav.account',
    ])
    const { CardDAVHostName, CardDAVPort, CardDAVUsername = '', CardDAVPassword = '' } = parts[1]!
    expect(`https://${CardDAVHostName}:${CardDAVPort}`).toBe(story.url)
    expect(await propfind(`${story.url}/dav/`, CardDAVUsername, CardDAVPassword)).toBe(207)

    const again = await setup.evaluate(`fetch('${path}').then((answer) => answer.status)`)
    expect(again).toBe(404)
    expect(story.wire.inClear()).not.toContain('/profile/')
  })

  test('has seen no page complain', () => {
    expect(story.browser.complaints).toEqual([])
    const unforeseen = story.browser.failures.filter(
      (text) => !text.includes('net::ERR_CERT') && !text.includes('/portal/profile/'),
    )
    expect(unforeseen).toEqual([])
    expect(story.logged()).toBe('')
  })
})

const loginFlow = z.object({ login: z.url(), poll: z.object({ token: z.string(), endpoint: z.url() }) })
const credentials = z.object({ server: z.string(), loginName: z.string(), appPassword: z.string() })
const profile = z.object({
  PayloadContent: z.array(
    z.object({
      PayloadType: z.string(),
      CardDAVHostName: z.string().optional(),
      CardDAVPort: z.number().optional(),
      CardDAVUsername: z.string().optional(),
      CardDAVPassword: z.string().optional(),
    }),
  ),
})

function post(url: string, body: string, agent: string): Promise<Response> {
  const headers = { 'User-Agent': agent, 'Content-Type': 'application/x-www-form-urlencoded' }
  return fetch(url, { method: 'POST', body, headers })
}

async function propfind(url: string, user: string, password: string): Promise<number> {
  const Authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return (await fetch(url, { method: 'PROPFIND', headers: { Authorization, Depth: '0' } })).status
}
