/** The page on plain HTTP in a real browser that looks like a phone's: before the phone knows the computer, after, and out of reach. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, devices, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describePeer } from '../peers/peers.ts'
import { startLan, type TestLan } from '../unit/lan/fixture.ts'
import { launch } from './portal-browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const IPHONE = devices['iPhone 15']!
const ANDROID = devices['Pixel 7']!

describePeer('chromium', 'The page to begin with', ({ path }) => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch(path)
  })
  afterAll(() => browser.close())

  const start = () =>
    startLan((request, response) => {
      if (request.url === '/portal/trusted')
        return void response.writeHead(204, { 'Access-Control-Allow-Origin': '*' }).end()
      response.setHeader('Content-Type', 'text/html')
      response.end(`<title>portal</title>`)
    })

  async function open({ port }: TestLan, phone: BrowserContextOptions, hash = ''): Promise<Page> {
    const context = await browser.newContext({
      ...phone,
      defaultBrowserType: undefined,
    } as BrowserContextOptions)
    onTestFinished(() => context.close())
    const page = await context.newPage()
    page.on('pageerror', (error) => expect.fail(String(error)))
    await page.goto(`http://127.0.0.1:${port}/${hash}`)
    return page
  }

  const state = (page: Page) => page.locator('#state').getAttribute('data-state')

  test('tells a phone that does not know the computer what to do, and leaves the way open', async () => {
    const started = await start()
    const page = await open(started, ANDROID, '#pair=SECRET')
    await expect.poll(() => state(page)).toBe('unknown')
    expect(await page.locator('#android').isVisible()).toBe(true)
    expect(await page.locator('#iphone').isVisible()).toBe(false)
    const way = page.locator('#go')
    expect(await way.isVisible()).toBe(false)
    await page.locator('summary').click()
    expect(await way.getAttribute('href')).toBe(`https://127.0.0.1:${started.port}/portal/#pair=SECRET`)
  })

  test('goes on by itself once the phone knows the computer, with the secret in the fragment', async () => {
    const started = await start()
    const page = await open(started, { ...ANDROID, ignoreHTTPSErrors: true }, '#pair=SECRET')
    await page.waitForURL(`https://127.0.0.1:${started.port}/portal/#pair=SECRET`)
    expect(await page.title()).toBe('portal')
  })

  test('says so when the computer does not answer any more', async () => {
    const started = await start()
    const page = await open(started, ANDROID)
    await expect.poll(() => state(page)).toBe('unknown')
    await started.close()
    await expect.poll(() => state(page), { timeout: 10_000 }).toBe('silent')
    expect(await page.locator('#state').textContent()).toContain('Wi-Fi')
  })

  test('shows each phone its own steps, and the others on request', async () => {
    const page = await open(await start(), IPHONE)
    expect(await page.locator('#iphone').isVisible()).toBe(true)
    expect(await page.locator('#android').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'I have an Android phone' }).click()
    expect(await page.locator('#iphone').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'I have an iPhone or iPad' }).click()
    expect(await page.locator('#iphone').isVisible()).toBe(true)
  })

  test('shows all steps on what is neither, and without script', async () => {
    const started = await start()
    for (const options of [{}, { ...ANDROID, javaScriptEnabled: false }]) {
      const page = await open(started, options)
      expect(await page.locator('#iphone').isVisible()).toBe(true)
      expect(await page.locator('#android').isVisible()).toBe(true)
    }
  })

  test('hands out the certificate as a file', async () => {
    const page = await open(await start(), ANDROID)
    const download = page.waitForEvent('download')
    await page.locator('#android').getByRole('link', { name: 'Get the certificate' }).click()
    expect((await download).suggestedFilename()).toBe('sidekeep.crt')
  })

  test.each(['light', 'dark'] as const)(
    'is accessible and fits on a narrow screen, %s',
    async (colorScheme) => {
      const narrow = { viewport: { width: 360, height: 640 }, colorScheme, bypassCSP: true }
      const page = await open(await start(), { ...ANDROID, ...narrow })
      await page.locator('summary').click()
      await expect.poll(() => state(page)).toBe('unknown')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
      const small = await page
        .locator('a:visible, button:visible, summary')
        .evaluateAll((all) =>
          all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent),
        )
      expect(small).toEqual([])
      await page.evaluate(AXE)
      const found = (await page.evaluate(
        "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })",
      )) as {
        violations: { id: string; nodes: { html: string }[] }[]
      }
      expect(found.violations.map(({ id, nodes }) => [id, nodes[0]!.html])).toEqual([])
    },
  )
})
