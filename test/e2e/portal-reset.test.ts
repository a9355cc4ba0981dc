/** After a reset: the phone is paired anew as the same one, what it had before ends, and its owner gets everything back in the browser. */
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { BrowserContext, Download, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { card } from '../peers/dav-fixture.ts'
import { run } from '../peers/peers.ts'
import { sidekeep } from '../phone/command-line.ts'
import { describePhone, PIXEL } from './phone-browser.ts'
import { type Account, beginStory, pairByCode, pairedPhone, readAccount, type Story } from './portal-story.ts'
import { hashOf, type PhotoFile, somePhotos } from './some-photos.ts'

const NAME = 'Jürgens größtes Händi 📱'
/** As a contacts app exports it, with a folded line. */
const EXPORTED = Buffer.from(
  'BEGIN:VCARD\r\nVERSION:2.1\r\nN:Doe;John\r\nFN:John Doe\r\nNOTE:a note that goes on\r\n  in the next line\r\nEND:VCARD\r\n',
)

describePhone('A phone after a reset', (program) => {
  let story: Story
  let old: { phone: BrowserContext; page: Page; account: Account }
  let photos: PhotoFile[]
  let late: PhotoFile
  let gone: PhotoFile
  let page: Page

  beforeAll(async () => {
    story = await beginStory(program, true)
    old = await pairedPhone(story, PIXEL, NAME)
    const all = await somePhotos(join(story.data, 'on the phone'), 2, 8)
    const chosen = all.filter(({ path }) => /on the phone|heic|\.mov|\.MP\.jpg/i.test(path))
    photos = chosen.slice(1)
    late = chosen[0]!
  })
  afterAll(() => story?.[Symbol.asyncDispose]())

  const photoHashes = (files: PhotoFile[]) => [...new Set(files.map(({ hash }) => hash))].sort()

  test('had sent contacts and photos, changed some after a backup, and was lost', async () => {
    const { page: pages, account } = old
    await pages.goto(`${story.url}/portal/#send`)
    const file = join(story.data, 'exported.vcf')
    await writeFile(file, EXPORTED)
    await pages.getByLabel('Choose a .vcf file').setInputFiles(file)
    await pages.getByText('is on your computer').waitFor()
    for (const name of ['käthe', 'björn']) expect(await putCard(account, name, 'PUT')).toBe(201)
    await sendPhotos(pages, photos)
    const safe = await sidekeep(story.data, ['backup'])
    expect(safe).toMatchObject({ unreadable: [] })

    expect(await putCard(account, 'käthe', 'DELETE')).toBe(204)
    expect(await putCard(account, 'ada', 'PUT')).toBe(201)
    gone = photos.find(({ path }) => path.includes('Spaß'))!
    const library = join(story.data, 'Photos')
    const there = (await readdir(library, { recursive: true })).find((path) =>
      path.endsWith(basename(gone.path)),
    )!
    const [, ...segments] = there.split('/').map(encodeURIComponent)
    const removed = await fetch(`${story.url}/dav/files/${account.user}/${segments.join('/')}`, {
      ...{ method: 'DELETE', headers: { Authorization: account.basic } },
    })
    expect(removed.status).toBe(204)
    await sendPhotos(pages, [late])
  })

  test('is paired as the same one; its old password and its old browser have ended', async () => {
    const phone = await story.browser.newPhone(PIXEL)
    await phone.addInitScript(shareSheet)
    page = await phone.newPage()
    const { paired } = await pairByCode(story, page, ['--as', NAME], 'back')
    expect(paired).toMatchObject({ phone: { name: NAME, user: old.account.user, wasReset: true } })
    expect(await putCard(old.account, 'late', 'PUT')).toBe(401)
    await old.page.goto(`${story.url}/portal/#safe`)
    await old.page.getByText('Scan the code that your computer shows').waitFor()

    const setup = await phone.newPage()
    await setup.goto(`${story.url}/portal/#setup`)
    const account = await readAccount(setup)
    expect(account.user).toBe(old.account.user)
    expect(account.password).not.toBe(old.account.password)
    expect(await putCard(account, 'ada', 'PUT')).toBe(204)
    await setup.close()
  })

  test('gets its contacts back as they are now, and as they were', async () => {
    const now = await save(page, page.getByRole('link', { name: /^Get [\d,]+ contacts? \(\.vcf\)$/ }))
    expect(now.suggestedFilename()).toBe(`${NAME} Contacts.vcf`)
    expectCards(await readFile(await now.path()), ['ada', 'björn'], ['käthe'], EXPORTED)
    await chooseBackup(page)
    const before = await save(page, page.getByRole('link', { name: /^Get [\d,]+ contacts? \(\.vcf\)$/ }))
    expectCards(await readFile(await before.path()), ['käthe', 'björn'], ['ada'], EXPORTED)
  })

  test('gets all photos back in one file, as they are now, and as they were', async () => {
    expect(await zipHashes(page)).toEqual(photoHashes(photos))
    await page.getByLabel('As it was').selectOption({ label: 'Now' })
    await page.getByText(`${photos.length} shown`)
    const present = photos.filter((photo) => photo !== gone)
    expect(await zipHashes(page)).toEqual(photoHashes([...present, late]))
  })

  test('gets single photos back, one by one', async () => {
    await chooseBackup(page)
    // Of the corpus, where it is there: the first is another copy of the second's picture, and brings it along.
    const twoOfOne = ['exif-at-eof.heic', 'IMG_2927.HEIC'].flatMap(
      (name) => photos.find(({ path }) => basename(path) === name) ?? [],
    )
    const files = [gone, ...twoOfOne]
    for (const { path } of files.slice(0, 2))
      await page.getByRole('checkbox', { name: basename(path) }).check()
    await page.getByRole('button', { name: 'One by one' }).click()
    for (const { path } of files)
      await page.getByRole('button', { name: `Share ${basename(path)}`, exact: true }).click()
    await page.getByText('All of them have been handed over.').waitFor()
    const wanted = files.map(({ path, hash }) => ({ name: basename(path), hash }))
    expect(await page.evaluate('window.handedOver')).toEqual(wanted)
  })

  test('has made no page complain', () => {
    expect(story.browser.complaints).toEqual([])
    // The old browser is told that it is out; of a broken photo there is no thumbnail, and its place is filled otherwise.
    const foreseen = /401 \(Unauthorized\)|404 \(Not Found\) \(\S+\/portal\/get\/thumbnail\//
    const unforeseen = story.browser.failures.filter((text) => !foreseen.test(text))
    expect(unforeseen).toEqual([])
    expect(story.logged()).toBe('')
  })

  async function putCard({ user, basic }: Account, name: string, method: 'PUT' | 'DELETE'): Promise<number> {
    const url = `${story.url}/dav/addressbooks/${user}/contacts/${encodeURIComponent(name)}.vcf`
    const options = method === 'PUT' ? { body: card(name, `${name} the new`) } : {}
    const headers = { Authorization: basic, 'Content-Type': 'text/vcard' }
    return (await fetch(url, { method, headers, ...options })).status
  }

  async function sendPhotos(pages: Page, files: PhotoFile[]): Promise<void> {
    await pages.goto(`${story.url}/portal/#photos`)
    await pages.getByLabel('From Photos').setInputFiles(files.map(({ path }) => path))
    await pages
      .getByText(`${files.length} ${files.length === 1 ? 'file' : 'files'} stored, read back`)
      .waitFor()
  }

  async function zipHashes(pages: Page): Promise<string[]> {
    await pages.getByRole('button', { name: 'Choose all' }).click()
    const zip = await save(pages, pages.getByRole('button', { name: 'Get as one file' }))
    const folder = await mkdtemp(join(story.data, 'unzipped-'))
    const { stderr } = await run('unzip', ['-q', await zip.path(), '-d', folder], {
      env: { LC_ALL: 'C.UTF-8' },
    })
    expect(stderr).toBe('')
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    return (await Promise.all(files.map(async (path) => hashOf(await readFile(path))))).sort()
  }
})

async function save(page: Page, what: Locator): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), what.click()])
  return download
}

async function chooseBackup(page: Page): Promise<void> {
  await page.getByLabel('As it was').selectOption({ index: 1 })
}

/** The file holds these cards and the exported ones, byte for byte, and nothing else. */
function expectCards(vcf: Buffer, names: string[], missing: string[], exported: Buffer): void {
  for (const name of names) expect(vcf.includes(card(name, `${name} the new`)), name).toBe(true)
  for (const name of missing) expect(vcf.includes(card(name, `${name} the new`)), name).toBe(false)
  expect(vcf.includes(exported)).toBe(true)
  expect(vcf.length).toBe(
    exported.length + names.reduce((sum, name) => sum + Buffer.byteLength(card(name, `${name} the new`)), 0),
  )
}

/** Stands in for the phone's share sheet, which a browser without a screen does not have: notes what it is handed. */
const shareSheet = `
  window.handedOver = []
  navigator.canShare = () => true
  navigator.share = async ({ files: [file] }) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
    const hash = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    window.handedOver.push({ name: file.name, hash })
  }
`
