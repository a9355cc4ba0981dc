/** Chromium as a phone's browser, with a store of trusted certificates of its own, and an ear for all that its pages complain of. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, devices } from 'playwright-core'
import { reportMissing } from '../missing.ts'
import { describePeer, run } from '../peers/peers.ts'

const { defaultBrowserType: _blink, ...pixel } = devices['Pixel 7']!
const { defaultBrowserType: _webkit, ...iphone } = devices['iPhone 15']!

export const PIXEL = { ...pixel, viewport: { width: 412, height: 915 } }
export const IPHONE = { ...iphone, viewport: { width: 360, height: 740 } }

export interface PhoneBrowser extends AsyncDisposable {
  /** Errors of pages and what their policy forbade; what the browser itself says of requests that failed is in `failures`. */
  complaints: string[]
  /** Requests that failed, as the console tells. */
  failures: string[]
  /** Every address that was asked for, as it goes over the network. */
  asked: string[]
  /** As if its owner had installed a root certificate. The browser starts anew, for it reads them only then. */
  trust(rootFile: string): Promise<void>
  /** A phone that has never been here: no cookies, nothing stored. */
  newPhone(device: typeof PIXEL): Promise<BrowserContext>
}

/** A suite that gets Chromium's path, can make it trust certificates, and can open ZIPs. */
export function describePhone(title: string, suite: (program: string) => void): void {
  describePeer('chromium', title, ({ path }) => {
    const missing = ['certutil', 'unzip'].find((name) => spawnSync(name, ['-h']).error)
    if (missing === undefined) suite(path)
    else reportMissing(`needs ${missing}, which is not installed; build/setup.sh brings it`)
  })
}

/**
 * @param port where connections to 127.0.0.1 go in truth, whatever their port.
 * @param trusted a root certificate that is installed already.
 */
export async function openPhoneBrowser(
  program: string,
  port: number,
  trusted?: string,
): Promise<PhoneBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'sidekeep-browser-'))
  // Where Chromium looks for certificates that its owner added.
  const store = `sql:${join(home, '.pki', 'nssdb')}`
  await mkdir(join(home, '.pki', 'nssdb'), { recursive: true })
  await certutil('-N', '-d', store, '--empty-password')

  const launch = () =>
    chromium.launch({
      executablePath: program,
      env: { ...definedIn(process.env), HOME: home },
      args: [
        `--host-resolver-rules=MAP 127.0.0.1 127.0.0.1:${port}`,
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
    })
  const add = (rootFile: string) => certutil('-A', '-d', store, '-n', 'Sidekeep', '-t', 'C,,', '-i', rootFile)
  if (trusted !== undefined) await add(trusted)
  let browser: Browser = await launch()
  const complaints: string[] = []
  const failures: string[] = []
  const asked: string[] = []

  function listen(context: BrowserContext): void {
    context.on('request', (request) => asked.push(request.url().split('#')[0]!))
    context.on('weberror', (error) => complaints.push(String(error.error())))
    context.on('console', (message) => {
      const text = message.text()
      if (text.startsWith('Failed to load resource: ')) failures.push(`${text} (${message.location().url})`)
      else if (message.type() === 'error' || /Content Security Policy/.test(text)) complaints.push(text)
    })
  }

  return {
    ...{ complaints, failures, asked },
    async trust(rootFile) {
      await add(rootFile)
      await browser.close()
      browser = await launch()
    },
    async newPhone(device) {
      const context = await browser.newContext(device)
      listen(context)
      return context
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function certutil(...args: string[]): Promise<void> {
  const { code, stderr } = await run('certutil', args)
  if (code !== 0) throw new Error(`certutil ${args.join(' ')} ended with ${code}: ${stderr}`)
}

function definedIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
