/** What the stories of a phone begin with: the real engine over TLS, a wire to it, a browser, and an owner who pairs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { rootFile } from '../../main/tls/own-certificate.ts'
import { type Serving, serve } from '../phone/command-line.ts'
import { openPhoneBrowser, type PhoneBrowser } from './phone-browser.ts'
import { type PairLine, secretIn, startPair } from './start-pair.ts'
import { openWire, type Wire } from './wire.ts'

export interface Story extends AsyncDisposable {
  data: string
  /** Root certificate of the engine, a file in PEM form. */
  root: string
  /** Such as `https://127.0.0.1:40000`: the same after a restart. */
  url: string
  wire: Wire
  browser: PhoneBrowser
  /** All that the engine has logged. */
  logged(): string
  /** Ends the engine as a power cut does. */
  kill(): Promise<void>
  /** Starts it again after `kill`. */
  restart(): Promise<void>
}

/**
 * Programs of this process trust the engine's root and no other.
 * @param program path of Chromium. @param knows whether the phone's browser trusts the root as well.
 */
export async function beginStory(program: string, knows: boolean): Promise<Story> {
  const data = await mkdtemp(join(tmpdir(), 'sidekeep-story-'))
  let serving: Serving = await serve(data, 0, true)
  const { url } = serving
  const port = Number(new URL(url).port)
  const wire = await openWire(port)
  const root = rootFile(join(data, 'tls'))
  const browser = await openPhoneBrowser(program, wire.port, knows ? root : undefined)
  setDefaultCACertificates([await readFile(root, 'utf8')])
  let before = ''
  return {
    ...{ data, root, url, wire, browser },
    logged: () => before + serving.logged(),
    async kill() {
      await serving.kill()
      before += serving.logged()
    },
    async restart() {
      serving = await serve(data, port, true)
    },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await wire[Symbol.asyncDispose]()
      await serving.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

// It is gone from the page as soon as the owner has said yes.
const noteCheckCode = `new MutationObserver(() => {
  window.checkCode = document.querySelector('.check-code')?.textContent ?? window.checkCode
}).observe(document, { childList: true, subtree: true })`

/**
 * Scans the code with the phone, compares the check codes, says yes, and waits for the page to go on.
 * @param args of `sidekeep pair`. @param next the screen that the page goes on to.
 */
export async function pairByCode(
  { data }: Story,
  page: Page,
  args: string[],
  next: 'setup' | 'back',
): Promise<{ secret: string; paired: PairLine }> {
  const owner = startPair(data, [...args, '--yes'])
  try {
    const started = await owner.next()
    await page.addInitScript(noteCheckCode)
    await page.goto(started.links[0]!)
    const [claimed, paired] = [await owner.next(), await owner.next()]
    expect(paired.state).toBe('paired')
    await page.waitForURL((url) => url.hash === `#${next}`)
    expect((await page.evaluate<string>('window.checkCode')).replace(' ', '')).toBe(claimed.device?.code)
    return { secret: secretIn(started), paired }
  } finally {
    owner.child.kill('SIGKILL')
  }
}

export interface Account {
  user: string
  password: string
  /** Value of an `Authorization` header. */
  basic: string
}

/** Reads off the set-up page what it hands to the Nextcloud app. */
export async function readAccount(page: Page): Promise<Account> {
  const link = await page.getByRole('link', { name: 'Set up the Nextcloud app' }).getAttribute('href')
  const [, user = '', password = ''] = /^nc:\/\/login\/user:([^&]+)&password:([^&]+)&/.exec(link ?? '') ?? []
  return { user, password, basic: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** A phone that is paired already. */
export async function pairedPhone(
  story: Story,
  device: Parameters<PhoneBrowser['newPhone']>[0],
  name: string,
): Promise<{ phone: BrowserContext; page: Page; account: Account }> {
  const phone = await story.browser.newPhone(device)
  const page = await phone.newPage()
  await pairByCode(story, page, [name], 'setup')
  return { phone, page, account: await readAccount(page) }
}
