/** Every screen of the phone's pages, light and dark: axe finds nothing, nothing is cut off at 360 px, and all can be tapped. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { someAnswers } from './portal-answers.ts'
import type { PortalPages } from './portal-browser.ts'
import { describePortalPages } from './portal-suite.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}
const SMALLEST = { width: 360, height: 740 }
/** What a thumb hits well; WCAG 2.2 asks for 24. */
const TARGET = 44

type Answers = PortalPages['answers']

interface Shown {
  name: string
  hash: string
  change?: (answers: Answers) => void
  /** Brings the screen into the state to be looked at. */
  act?: (page: Page) => Promise<void>
}

const setup = someAnswers(Date.now())['setup.show']

const SCREENS: readonly Shown[] = [
  { name: 'home', hash: '#' },
  { name: 'home without network', hash: '#', act: loseNetwork },
  { name: 'pairing by typing', hash: '#pair' },
  {
    name: 'pairing with the check code',
    hash: '#pair=SECRET',
    change: (answers) => {
      answers['pair.state'] = { state: 'waiting', code: '482913', wasReset: false }
    },
  },
  {
    name: 'pairing refused',
    hash: '#pair=SECRET',
    change: (answers) => {
      answers['pair.state'] = { state: 'refused', code: null, wasReset: false }
    },
  },
  { name: 'setting up Android', hash: '#setup', act: openAll },
  {
    name: 'setting up an iPhone',
    hash: '#setup',
    change: (answers) => {
      answers['setup.show'] = { ...setup, platform: 'iphone' }
    },
    act: openAll,
  },
  {
    name: 'setting up without password',
    hash: '#setup',
    change: (answers) => {
      answers['setup.show'] = { ...setup, platform: 'other', password: null }
    },
    act: (page) => page.getByRole('button', { name: 'Make a new password' }).click(),
  },
  { name: 'photos', hash: '#photos' },
  {
    name: 'photos on their way',
    hash: '#photos',
    change: (answers) => {
      answers['photos.known'] = 503
    },
    act: pickPhotos,
  },
  { name: 'photos not stored', hash: '#photos', act: pickPhotos },
  { name: 'contacts and calendars', hash: '#send' },
  { name: 'what is safe', hash: '#safe' },
  {
    name: 'what is safe, refused',
    hash: '#safe',
    change: (answers) => {
      answers['phone.show'] = 500
    },
  },
  { name: 'get it back', hash: '#back' },
  {
    name: 'get it back, one chosen',
    hash: '#back',
    act: (page) => page.getByRole('checkbox').first().check(),
  },
  { name: 'this phone', hash: '#phone' },
  {
    name: 'leaving',
    hash: '#phone',
    act: (page) => page.getByRole('button', { name: 'Leave' }).click(),
  },
  { name: 'letting an app in', hash: '#allow=TOKEN' },
]

async function loseNetwork(page: Page): Promise<void> {
  await page.context().setOffline(true)
  await page.getByText('can’t be reached').first().waitFor()
}

async function openAll(page: Page): Promise<void> {
  for (const summary of await page.locator('summary').all()) await summary.click()
}

async function pickPhotos(page: Page): Promise<void> {
  const files = ['IMG_1.HEIC', 'a rather long name of a photo from some other app.jpg'].map((name) => ({
    ...{ name, mimeType: 'image/jpeg', buffer: Buffer.from(name) },
  }))
  await page.getByLabel('From Photos').setInputFiles(files)
  await page.getByText('IMG_1.HEIC').waitFor()
  await page.getByText('Not stored', { exact: true }).or(page.getByText('Waiting for')).first().waitFor()
}

describePortalPages('the phone’s pages', (portal) => {
  it.each(
    SCREENS.flatMap((screen) => [
      { ...screen, scheme: 'light' as const },
      { ...screen, scheme: 'dark' as const },
    ]),
  )('$name, $scheme', async ({ hash, change, act, scheme }) => {
    change?.(portal().answers)
    const page = await portal().open(hash, { viewport: SMALLEST, colorScheme: scheme })
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('.waiting').first().waitFor({ state: 'detached' })
    await act?.(page)
    await page.evaluate(AXE)
    const found = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(RULES)})`)
    expect(problemsOf(found)).toEqual([])
    expect(await overflow(page)).toBe(0)
    expect(await smallTargets(page)).toEqual([])
    expect(portal().errors).toEqual([])
    await page.context().close()
  })

  it('obeys the portal’s policy on every screen', async () => {
    const page = await portal().open('#', { viewport: SMALLEST })
    for (const hash of ['#photos', '#setup', '#back', '#send', '#safe', '#phone']) {
      await page.evaluate(`location.assign('${hash}')`)
      await page.getByRole('heading', { level: 1 }).waitFor()
    }
    await page.evaluate(`location.assign('#photos')`)
    await pickPhotos(page)
    expect(portal().errors).toEqual([])
    await page.context().close()
  })

  it('takes a secret out of the address at once', async () => {
    const page = await portal().open('#pair=SECRET', { viewport: SMALLEST })
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(new URL(page.url()).hash).toBe('#pair')
    await page.context().close()
  })

  it('opens without network and says so; nothing that the computer said is kept', async () => {
    const page = await portal().open('#safe', { viewport: SMALLEST })
    await page.getByText('312').waitFor()
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    const kept = await page.evaluate<string[]>(
      `caches.keys().then(([name]) => caches.open(name)).then((shell) => shell.keys())
        .then((requests) => requests.map(({ url }) => new URL(url).pathname))`,
    )
    expect(kept).toContain('/portal/')
    expect(kept.filter((path) => !/^\/portal\/(assets\/.+\.(js|css))?$/.test(path))).toEqual([])
    await page.context().setOffline(true)
    await page.reload()
    await page.getByText('can’t be reached').first().waitFor()
    expect(await page.getByText('312').count()).toBe(0)
    await page.context().setOffline(false)
    await page.getByText('312').waitFor()
    await page.context().close()
  })

  it('leads who is not paired to pairing', async () => {
    portal().answers['phone.show'] = 401
    const page = await portal().open('#', { viewport: SMALLEST })
    await page.getByRole('heading', { level: 1, name: 'Pair this phone' }).waitFor()
    expect(await page.getByRole('navigation').isVisible()).toBe(false)
    await page.context().close()
  })
})

function problemsOf({ violations }: AxeResults): string[] {
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${html} ${any[0]?.message ?? ''}`),
  )
}

/** How many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Controls in sight that are too small to be hit; links in running text may be. */
async function smallTargets(page: Page): Promise<string[]> {
  const small: string[] = []
  for (const control of await page.locator('button, summary, input, select, a:not(.skip)').all()) {
    const box = await control.boundingBox()
    if (box && box.height < TARGET)
      small.push(
        `${box.height} px: ${(await control.getAttribute('aria-label')) ?? (await control.textContent())}`,
      )
  }
  return small
}
