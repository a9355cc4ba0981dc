/** The window in Chromium, before a real engine that a simulated phone has synced with. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { seeded } from '../phone/chance.ts'
import { type Serving, serve, sidekeep } from '../phone/command-line.ts'
import { createPhone, type Phone } from '../phone/phone.ts'
import { fill, NOW } from './phones.ts'

export interface WindowStory extends AsyncDisposable {
  data: string
  phone: Phone
  /** Console errors, and what the page's policy forbade. */
  complaints: string[]
  open(options?: { locale?: string; colorScheme?: 'light' | 'dark'; width?: number }): Promise<Page>
  /** Ends the engine as a crash does, and starts another on the same data. */
  restart(): Promise<void>
}

/** @param program Chromium's path. */
export async function tellWindowStory(program: string): Promise<WindowStory> {
  const data = await mkdtemp(join(tmpdir(), 'sidekeep-window-'))
  let serving: Serving = await serve(data)
  const paired = (await sidekeep(data, ['phones', 'add', 'Pixel 8'])) as Record<
    'user' | 'password' | 'files',
    string
  >
  const phone = createPhone(
    { url: serving.url, user: paired.user, password: paired.password, files: paired.files },
    { now: () => NOW },
  )
  await phone.sync()
  fill(phone, seeded(7), { contacts: 40, events: 12, photos: 5 })
  await phone.sync()
  const browser: Browser = await chromium.launch({
    executablePath: program,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  const complaints: string[] = []

  return {
    ...{ data, phone, complaints },
    async open({ locale = 'en-GB', colorScheme = 'light', width = 1280 } = {}) {
      const { address } = (await sidekeep(data, ['window', '--no-open'])) as { address: string }
      const page = await browser.newPage({ locale, colorScheme, viewport: { width, height: 800 } })
      page.setDefaultTimeout(60_000)
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      await page.goto(address)
      return page
    },
    async restart() {
      await serving.kill()
      serving = await serve(data)
    },
    async [Symbol.asyncDispose]() {
      phone.close()
      await browser.close()
      await serving.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}
