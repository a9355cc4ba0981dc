/** The window: "Am I safe?" from the first look to a checked backup, contacts that follow the phone, and an engine that goes away. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describePeer } from '../peers/peers.ts'
import { seeded } from '../phone/chance.ts'
import { fill } from './phones.ts'
import { tellWindowStory, type WindowStory } from './window.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}

async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(
    (rules) =>
      (globalThis as unknown as { axe: { run(rules: RunOptions): Promise<AxeResults> } }).axe.run(rules),
    RULES,
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

// Each opens pages of its own, which takes its time on a busy machine.
const LIMIT = 180_000

describePeer('chromium', 'the window', ({ path }) => {
  let story: WindowStory
  beforeAll(async () => {
    story = await tellWindowStory(path)
  })
  afterAll(() => story[Symbol.asyncDispose]())

  it('says what is missing, and becomes safe by its buttons', { timeout: LIMIT }, async () => {
    const page = await story.open()
    await page.getByRole('heading', { name: 'Something may be lost if nobody sees to it.' }).waitFor()
    await page.getByText('There is no backup yet.').waitFor()
    await page.getByRole('group').getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('button', { name: 'Read all backups back' }).click()
    await page.getByRole('heading', { name: /^Everything on Pixel 8 was safe as of / }).waitFor()
    await page.getByText('40 contacts').waitFor()
    await page.getByText('5 photos').waitFor()
    expect(story.complaints).toEqual([])
  })

  it('lists contacts, finds them by any word, and follows the phone', { timeout: LIMIT }, async () => {
    const page = await story.open()
    await page.getByRole('link', { name: 'Contacts' }).click()
    await page.getByRole('status').getByText('40 contacts').waitFor()
    fill(story.phone, seeded(8), { contacts: 3 })
    await story.phone.sync()
    await page.getByRole('status').getByText('43 contacts').waitFor()
    const first = await page.getByRole('listitem').first().locator('p').first().textContent()
    await page.getByLabel('Search contacts').fill(first!.split(' ').at(-1)!.toUpperCase())
    await expect.poll(() => page.getByRole('listitem').count()).toBeLessThan(10)
    await page.getByRole('listitem').filter({ hasText: first! }).first().waitFor()
    await page.getByLabel('Search contacts').fill('nobody is called so')
    await page.getByText('Nobody is found by “nobody is called so”.').waitFor()
    expect(story.complaints).toEqual([])
  })

  it('has no barriers, light and dark, wide and narrow, in English and German', {
    timeout: LIMIT,
  }, async () => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [locale, width] of [
        ['en-GB', 1280],
        ['de-DE', 400],
      ] as const) {
        const page = await story.open({ colorScheme, locale, width })
        for (const hash of ['#/', '#/contacts']) {
          await page.evaluate(`location.hash = '${hash}'`)
          await page.getByRole('heading', { level: 1 }).waitFor()
          await page.waitForTimeout(300)
          expect(await findBarriers(page), `${hash} ${colorScheme} ${locale}`).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
        }
        await page.close()
      }
  })

  it('can be used by keyboard alone', { timeout: LIMIT }, async () => {
    const page = await story.open()
    await page.getByRole('button', { name: 'Back up now' }).waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the page')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement?.id')).toBe('page')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Back up now')
    await page.keyboard.press('Enter')
    await page.getByText(/changes? since/).waitFor({ state: 'detached' })
  })

  it('says that the engine is gone, and goes on with the next one by the new address', {
    timeout: LIMIT,
  }, async () => {
    const page = await story.open()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await story.restart()
    await page.getByText('Sidekeep does not answer.').waitFor()
    const other = await story.open()
    expect(new URL(other.url()).port).toBe(new URL(page.url()).port)
    await other.getByRole('heading', { name: /safe/ }).waitFor()
  })
})
