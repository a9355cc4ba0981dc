/** The portal's page in Chromium, with many files in its queue: what it holds in memory of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import { build } from 'vite'
import { portalPaths } from '../../preload/portal.ts'
import { launch } from '../e2e/portal-browser.ts'
import { makePhoto } from './data.ts'
import { pairPortalPhone } from './portal-phone.ts'
import { requirePeer } from './servers.ts'
import { PHONE, serveSidekeep } from './sidekeep.ts'

const FILE_SIZE = 20_000

/** What a page takes, after its garbage was collected. */
export interface PageMemory {
  heapBytes: number
  /** Of the document, the page's own and those that scripts hold on to. */
  nodes: number
}

/** Picks so many files in a page of its own each time, has the page wait with sending them, and measures it. */
export async function measureQueues(counts: number[], folder: string): Promise<PageMemory[]> {
  const chromium = requirePeer('chromium')
  // The pages that an engine serves, as they are now.
  await build({ configFile: join(import.meta.dirname, '..', '..', 'vite.config.ts'), logLevel: 'error' })
  const engine = await serveSidekeep(join(folder, 'data'))
  const browser = await launch(chromium.path)
  try {
    const { cookie, close } = await pairPortalPhone(engine, PHONE)
    close()
    const cookies = cookie.split('; ').map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return { name, value, url: engine.url }
    })
    const files = writePhotos(Math.max(...counts), join(folder, 'photos'))
    const measured: PageMemory[] = []
    for (const count of counts) {
      const context = await browser.newContext({ isMobile: true, hasTouch: true })
      await context.addCookies(cookies)
      const page = await context.newPage()
      await page.goto(`${engine.url}${portalPaths.pages}#photos`)
      await queueAndPause(page, files.slice(0, count))
      measured.push(await measure(await context.newCDPSession(page)))
      await context.close()
    }
    return measured
  } finally {
    await browser.close()
    await engine.stop()
  }
}

function writePhotos(count: number, folder: string): string[] {
  mkdirSync(folder)
  return Array.from({ length: count }, (_, n) => {
    const path = join(folder, `IMG_${n}.JPG`)
    writeFileSync(path, makePhoto(n, FILE_SIZE))
    return path
  })
}

async function queueAndPause(page: Page, files: string[]): Promise<void> {
  await page.getByLabel('From Photos').setInputFiles(files)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await page.getByRole('button', { name: 'Go on', exact: true }).waitFor()
  const all = files.length.toLocaleString('en')
  await page.getByText(`of ${all} files`).waitFor()
}

async function measure(devtools: CDPSession): Promise<PageMemory> {
  await devtools.send('Performance.enable')
  // The first collection lets finalizers run, whose objects the second takes.
  for (let n = 0; n < 2; n++) await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  const metric = (name: string) => {
    const found = metrics.find((one) => one.name === name)
    if (!found) throw new Error(`Chromium tells no ${name}.`)
    return found.value
  }
  return { heapBytes: metric('JSHeapUsedSize'), nodes: metric('Nodes') }
}
