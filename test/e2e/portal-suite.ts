/** Suites over the phone's pages in a real browser, with answers that a test chooses. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { buildPagesApart } from '../build-pages.ts'
import { describePeer } from '../peers/peers.ts'
import { someAnswers } from './portal-answers.ts'
import { openPortalPages, type PortalPages } from './portal-browser.ts'

/**
 * A suite over the pages as they are built, in a browser; each test begins with the usual answers and no errors.
 * @param suite is given what has them open, while its tests run
 */
export function describePortalPages(title: string, suite: (portal: () => PortalPages) => void): void {
  describePeer('chromium', title, ({ path }) => {
    let folder: string
    let portal: PortalPages | undefined

    beforeAll(async () => {
      folder = await buildPagesApart()
      portal = await openPortalPages(path, folder, someAnswers(Date.now()))
    })
    afterAll(async () => {
      await portal?.close()
      await rm(folder, { recursive: true, force: true })
    })
    beforeEach(() => {
      portal!.answers = someAnswers(Date.now())
      portal!.errors.length = 0
    })
    suite(() => portal!)
  })
}
