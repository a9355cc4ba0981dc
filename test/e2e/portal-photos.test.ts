/** 300 photos go from a phone's browser to the disk through a lost network, a power cut and a closed tab, each byte once. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describePhone, PIXEL } from './phone-browser.ts'
import { type Account, beginStory, pairedPhone, type Story } from './portal-story.ts'
import { hashOf, type PhotoFile, somePhotos } from './some-photos.ts'

const FILES = 300
const LARGE = 20
/** Of what is not a file: head of a request, TLS, the names of files. */
const MOST_PER_REQUEST = 2048
/**
 * Bytes that lie on the disk and are sent again all the same: what was written and not yet synced when the power went does not count.
 * Two uploads go at once, with two pieces of half a megabyte each.
 */
const MOST_UNSYNCED = 2 * 2 * 512 * 1024

vi.setConfig({ testTimeout: 120_000 })

describePhone('300 photos', (program) => {
  let story: Story
  let phone: BrowserContext
  let page: Page
  let account: Account
  let photos: PhotoFile[]
  let total: number

  beforeAll(async () => {
    story = await beginStory(program, true)
    const paired = await pairedPhone(story, PIXEL, 'Zoë’s Pixel 📷')
    ;({ phone, page, account } = paired)
    photos = await somePhotos(join(story.data, 'on the phone'), LARGE, FILES)
    const sizes = new Map(photos.map(({ hash, size }) => [hash, size]))
    total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  })
  afterAll(() => story?.[Symbol.asyncDispose]())

  async function openPhotos(): Promise<void> {
    page = await phone.newPage()
    await page.goto(`${story.url}/portal/#photos`)
    await page.getByText('Choose as many as you like').waitFor()
  }

  const pickAll = () => page.getByLabel('From Photos').setInputFiles(photos.map(({ path }) => path))
  const says = (activity: string) => page.locator('.progress h2', { hasText: activity }).waitFor()

  test('wait while the network is away, and go on by themselves', async () => {
    await page.close()
    await openPhotos()
    const held = story.wire.holdAfter(total / 4)
    await pickAll()
    await held
    await phone.setOffline(true)
    await says('Waiting for the computer')
    story.wire.cut()
    const sentOn = story.wire.holdAfter(total / 8)
    await phone.setOffline(false)
    await sentOn
  })

  test('go on after the computer lost its power', async () => {
    await story.kill()
    story.wire.cut()
    await says('Waiting for the computer')
    const sentOn = story.wire.holdAfter(total / 8)
    await story.restart()
    await sentOn
  })

  test('are picked again in a new tab, and only what is missing is sent', async () => {
    await page.close()
    story.wire.cut()
    const there = await bytesBelow(join(story.data, 'Photos'))
    expect(there).toBeGreaterThan(total / 4)
    const [sentBefore, askedBefore] = [story.wire.sent(), story.browser.asked.length]
    await openPhotos()
    await pickAll()
    await page.getByText('All of it is on your computer.').waitFor()
    const requests = story.browser.asked.length - askedBefore
    const sent = story.wire.sent() - sentBefore
    expect(sent).toBeGreaterThan((total - there) / 2)
    expect(sent).toBeLessThan(total - there + MOST_UNSYNCED + requests * MOST_PER_REQUEST)
    const [stored, known] = await readSummary(page)
    expect(stored! + known!).toBe(FILES)
    expect(known).toBeGreaterThan(0)
  })

  test('are the same on the disk and by DAV, byte for byte', async () => {
    const hashes = [...new Set(photos.map(({ hash }) => hash))].sort()
    // An upload whose beginning was cut off lies in a hidden folder until it is swept away.
    const library = join(story.data, 'Photos')
    const files = (await filesBelow(library)).filter((path) => !path.startsWith(`${library}/.`))
    const onDisk = await Promise.all(files.map(async (path) => hashOf(await readFile(path))))
    expect(onDisk.sort()).toEqual(hashes)
    expect(await hashesByDav(`${story.url}/dav/files/${account.user}/`, account)).toEqual(hashes)
  })

  test('are not sent again when all are picked once more', async () => {
    const [sentBefore, askedBefore] = [story.wire.sent(), story.browser.asked.length]
    await pickAll()
    await page.getByText(`${FILES} files there already`).waitFor()
    const asked = story.browser.asked.slice(askedBefore)
    expect(asked.filter((url) => url.includes('/portal/uploads/'))).toEqual([])
    expect(story.wire.sent() - sentBefore).toBeLessThan(FILES * 100 + asked.length * MOST_PER_REQUEST)
  })

  test('show how fast a large one goes, and how long it will take', async () => {
    const devtools = await phone.newCDPSession(page)
    const limitTo = (uploadThroughput: number) =>
      devtools.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput },
      })
    await limitTo(1_000_000)
    const film = { name: 'film.mp4', mimeType: 'video/mp4', buffer: randomBytes(20_000_000) }
    await page.getByLabel('From Photos').setInputFiles(film)
    const line = page.locator('.progress-bytes')
    await line
      .filter({ hasText: /^[\d.]+ MB of 20 MB · [\d.]+ [kM]B\/s · less than a minute left$/ })
      .waitFor()
    await limitTo(-1)
    await page.getByText('1 file stored').waitFor()
  })

  test('have made no page complain', () => {
    expect(story.browser.complaints).toEqual([])
    expect(story.browser.failures.filter((text) => !text.includes('net::ERR_'))).toEqual([])
    expect(story.logged()).toBe('')
  })
})

/** How many files it says were stored, and were there. */
async function readSummary(page: Page): Promise<(number | undefined)[]> {
  const text = (await page.getByRole('status').filter({ hasText: 'All of it' }).textContent()) ?? ''
  return [/(\d+) files? stored, read back/, /(\d+) files? there already/].map((line) => {
    const found = line.exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  })
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** What is stored so far, in part too. A file may just be getting its name, and then has two. */
async function bytesBelow(folder: string): Promise<number> {
  const sizes = new Map<number, number>()
  for (const path of await filesBelow(folder)) {
    const found = await stat(path).catch(() => undefined)
    if (found) sizes.set(found.ino, found.size)
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

async function hashesByDav(folder: string, { basic }: Account): Promise<string[]> {
  const headers = { Authorization: basic, Depth: '1' }
  const listing = await (await fetch(folder, { method: 'PROPFIND', headers })).text()
  const urls = [...listing.matchAll(/<(?:\w+:)?href>([^<]+)</g)].map(
    ([, href = '']) => new URL(href, folder).href,
  )
  const hashes: string[] = []
  for (const url of urls.filter((one) => one !== folder)) {
    if (url.endsWith('/')) hashes.push(...(await hashesByDav(url, { basic } as Account)))
    else hashes.push(hashOf(await (await fetch(url, { headers })).bytes()))
  }
  return hashes.sort()
}
