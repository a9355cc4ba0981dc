/** The demo: a phone is synced, backed up, loses everything and gets it back; told in plain words, run by the real command line. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { bytes, counted, duration } from '../../main/host/words.ts'
import { type Chance, seeded } from './chance.ts'
import { serve, sidekeep } from './command-line.ts'
import { type Contents, compareContents, contentsOf } from './contents.ts'
import { type Amounts, editSome, fill, nameOn } from './demo-data.ts'
import { findRestic } from './demo-restic.ts'
import { createPhone, type Phone } from './phone.ts'
import { visibleItems, visiblePhotos } from './phone-store.ts'
import { loseMemory } from './reset.ts'
import { createTeller, type Teller, type TellerOutput } from './teller.ts'

export interface DemoOptions {
  /** Leaves the folder with all data, to look into. */
  keep?: boolean
  amounts?: Amounts
  out?: TellerOutput
  env?: NodeJS.ProcessEnv
}

const NAME = 'Ada’s Pixel'
const SEED = 2009
const FULL: Amounts = { contacts: 1000, events: 300, photos: 200 }
const STOPPED = 130

interface Scene {
  tell: Teller
  data: string
  amounts: Amounts
  chance: Chance
  now: Date
  stopped: AbortSignal
  /** What has to be ended, whatever happens; the last one first. */
  endings: (() => unknown)[]
}

/** @returns an exit code: 0 when everything came back the same, 1 when not, 130 when stopped by Ctrl-C. */
export async function runDemo(options: DemoOptions = {}): Promise<number> {
  const { keep = false, amounts = FULL, out = process.stdout, env = process.env } = options
  const began = performance.now()
  const tell = createTeller(out, env)
  const stopping = new AbortController()
  // A terminal sends Ctrl-C to every process of the group, and npm passes it on once more: each but the first is passed over.
  const stop = (): void => stopping.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const data = await mkdtemp(join(tmpdir(), 'sidekeep-demo-'))
  const chance = seeded(SEED)
  const scene: Scene = { tell, data, amounts, chance, now: new Date(), stopped: stopping.signal, endings: [] }
  try {
    const fine = await tellStory(scene)
    const took = duration((performance.now() - began) / 1000)
    tell.ending(
      fine,
      fine ? `Everything came back. (${took})` : `Not everything came back: see above. (${took})`,
    )
    return fine ? 0 : 1
  } catch (error) {
    if (stopping.signal.aborted) {
      tell.ending(false, 'Stopped, as asked.')
      return STOPPED
    }
    tell.bad(error instanceof Error ? error.message : String(error))
    tell.ending(false, 'The demo could not go on.')
    return 1
  } finally {
    for (const end of scene.endings.reverse()) await end()
    if (keep) tell.say(`The data is left in ${data}`)
    else await rm(data, { recursive: true, force: true })
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

async function tellStory(scene: Scene): Promise<boolean> {
  const { tell } = scene
  tell.title('Sidekeep: a phone loses everything, and gets it back')
  tell.say('The phone and its data are made up; Sidekeep is the real one.')
  tell.chapter('A phone and a computer')
  const phone = await meet(scene)
  tell.chapter('The phone syncs')
  await syncUp(scene, phone)
  tell.chapter('The first backup')
  const first = await backUp(
    scene,
    ({ added, bytesWritten }) => `${counted(added, 'item')} in the backup, ${bytes(bytesWritten)} written`,
  )
  tell.chapter('An ordinary day')
  await editAndSync(scene, phone)
  const second = await backUp(scene, ({ added, changed, deleted, bytesWritten }) => {
    const share = ((100 * bytesWritten) / first.bytesWritten).toFixed(1)
    return `${added} added, ${changed} changed, ${deleted} deleted: only ${bytes(bytesWritten)} written (${share} %)`
  })
  const before = contentsOf(phone.store)
  tell.chapter('The phone is reset')
  await loseEverything(scene, phone)
  tell.chapter('One command')
  await restoreAll(scene, phone)
  tell.chapter('Is it all there?')
  const same = tellComparison(scene, before, contentsOf(phone.store))
  tell.chapter('And without Sidekeep?')
  const readable = await openWithRestic(scene, second.snapshot, phone)
  return same && readable
}

const pairedSchema = z.object({ user: z.string(), password: z.string(), files: z.string() })

async function meet(scene: Scene): Promise<Phone> {
  const { tell, data, amounts, stopped, endings } = scene
  let url = ''
  await tell.step('Starting Sidekeep', async () => {
    const serving = await serve(data)
    endings.push(serving.stop)
    url = serving.url
    // The story takes its backups by hand; one by the clock in between would spoil its figures.
    await command(scene, z.unknown(), 'schedule', 'off')
    return 'Sidekeep runs on this computer, in an empty folder'
  })
  tell.command(`sidekeep phones add "${NAME}"`)
  const paired = await command(scene, pairedSchema, 'phones', 'add', NAME)
  const phone = createPhone({ url, ...paired })
  endings.push(() => phone.close())
  stopped.addEventListener('abort', () => phone.close())
  await tell.step('Setting up the phone', async () => {
    await phone.sync()
    return `${NAME} is paired`
  })
  await tell.step(
    'Ada fills her phone:',
    async () => {
      await fill(scene, phone)
      const size = visiblePhotos(phone.store).reduce((sum, photo) => sum + photo.data.length, 0)
      return `It holds ${holdings(phone)} (${bytes(size)})`
    },
    () => `${ofTotal(visiblePhotos(phone.store).length, amounts.photos)} photos`,
  )
  return phone
}

async function syncUp({ tell }: Scene, phone: Phone): Promise<void> {
  const total = countOf(phone)
  await tell.step(
    'Sending',
    async () => {
      await phone.sync()
      const { bytesSent } = phone.session.traffic
      return `${counted(phone.tally.uploaded, 'item')} are on the computer as well (${bytes(bytesSent)} sent)`
    },
    () => `${ofTotal(phone.tally.uploaded, total)}`,
  )
}

const backupSchema = z.object({
  snapshot: z.string(),
  added: z.number(),
  changed: z.number(),
  deleted: z.number(),
  bytesWritten: z.number(),
})
type Backup = z.output<typeof backupSchema>

async function backUp(scene: Scene, describe: (backup: Backup) => string): Promise<Backup> {
  const { tell } = scene
  tell.command('sidekeep backup')
  let backup: Backup | undefined
  await tell.step('Backing up', async () => {
    backup = await command(scene, backupSchema, 'backup')
    return describe(backup)
  })
  return backup!
}

async function editAndSync(scene: Scene, phone: Phone): Promise<void> {
  const { tell } = scene
  const { uploaded, deletedThere } = phone.tally
  tell.say(await editSome(scene, phone))
  await tell.step('Sending', async () => {
    await phone.sync()
    return `The phone syncs: ${phone.tally.uploaded - uploaded} sent, ${phone.tally.deletedThere - deletedThere} deleted`
  })
}

const phonesSchema = z.array(z.object({ name: z.string(), items: z.number() }))

async function loseEverything(scene: Scene, phone: Phone): Promise<void> {
  const { tell } = scene
  tell.say('It comes back empty. Worse: it believes that Ada deleted everything, and')
  tell.say('its next sync tells the computer so.')
  const total = countOf(phone)
  const { deletedThere } = phone.tally
  loseMemory(phone.store)
  await tell.step(
    'The emptiness spreads:',
    async () => {
      await phone.sync()
      return `${counted(phone.tally.deletedThere - deletedThere, 'deletion')} reached the computer`
    },
    () => `${ofTotal(phone.tally.deletedThere - deletedThere, total)} deleted`,
  )
  const [listed] = await command(scene, phonesSchema, 'phones', 'list')
  if (listed?.items !== 0)
    throw new Error(`The computer's copy should be empty now, but holds ${listed?.items} items.`)
  tell.bad(`On the phone: ${holdings(phone)}`)
  tell.bad(`In the computer’s copy of it: ${counted(listed.items, 'item')}`)
  await backUp(scene, ({ deleted }) => `The next backup runs as ever: ${counted(deleted, 'item')} fewer`)
}

const restoredSchema = z.object({
  added: z.number(),
  failed: z.array(z.object({ name: z.string(), reason: z.string() })),
  different: z.array(z.string()),
})

async function restoreAll(scene: Scene, phone: Phone): Promise<void> {
  const { tell } = scene
  tell.command(`sidekeep restore --phone "${NAME}"`)
  await tell.step('Restoring', async () => {
    const restored = await command(scene, restoredSchema, 'restore', '--phone', NAME)
    const wrong = [...restored.failed.map(({ name, reason }) => `${name}: ${reason}`), ...restored.different]
    if (wrong.length > 0) throw new Error(`The restore is not complete:\n${wrong.slice(0, 10).join('\n')}`)
    return `${counted(restored.added, 'item')} from before the loss are back on the computer`
  })
  const renewed = await command(scene, pairedSchema, 'phones', 'password', NAME)
  phone.wipe()
  phone.pair({ ...phone.pairing, ...renewed })
  const { downloaded } = phone.tally
  await tell.step(
    'The phone, set up as a new one, fetches',
    async () => {
      await phone.sync()
      return `The phone syncs and holds ${holdings(phone)}`
    },
    () => counted(phone.tally.downloaded - downloaded, 'item'),
  )
}

function tellComparison({ tell }: Scene, before: Contents, after: Contents): boolean {
  const kinds = {
    contacts: 'byte for byte',
    events: 'byte for byte',
    photos: 'byte for byte, and their times',
  }
  let fine = before.size > 0
  for (const [kind, how] of Object.entries(kinds)) {
    const { same, different, missing, added } = compareContents(before, after, `${kind}/`)
    const total = same + different.length + missing.length
    const text = `${ofTotal(same, total)} ${kind} the same, ${how}`
    const wrong = [...different, ...missing, ...added]
    if (wrong.length === 0) {
      tell.good(text)
      continue
    }
    fine = false
    tell.bad(
      `${text}: ${different.length} differ, ${missing.length} are missing, ${added.length} were not there before`,
    )
    for (const name of wrong.slice(0, 5)) tell.say(`  ${name}`)
  }
  return fine
}

const vaultSchema = z.object({ folder: z.string(), password: z.string() })

async function openWithRestic(scene: Scene, snapshot: string, phone: Phone): Promise<boolean> {
  const { tell, stopped, chance } = scene
  const restic = await findRestic(await command(scene, vaultSchema, 'vault', 'password'), stopped)
  if (!restic) {
    tell.skipped('restic, a free backup program, is not installed here: not tried.')
    return true
  }
  const paths: string[] = []
  await tell.step(`restic ${restic.version} is checking the vault`, async () => {
    await restic.check()
    return `restic ${restic.version}, made by others, opens the vault and finds no error`
  })
  const found = { contacts: 0, events: 0, photos: 0 }
  await tell.step('Listing the backup', async () => {
    paths.push(...(await restic.list(snapshot)))
    found.contacts = paths.filter((path) => path.endsWith('.vcf')).length
    found.events = paths.filter((path) => path.endsWith('.ics')).length
    found.photos = paths.filter((path) => path.endsWith('.jpg')).length
    return `It lists ${amountsText(found)}`
  })
  const card = chance.pick(visibleItems(phone.store, 'contacts'))
  const path = paths.find((candidate) => candidate.endsWith(`/${card.name}`))
  let same = false
  if (path) {
    await tell.step('Restoring one contact', async () => {
      same = (await restic.restore(snapshot, path)).equals(card.data)
      return `It restores “${nameOn(card.data)}”${same ? ', the same byte for byte' : ''}`
    })
  }
  if (!same) tell.bad(`The contact ${card.name} is not the same in the backup.`)
  const complete = amountsText(found) === holdings(phone)
  if (!complete) tell.bad(`The phone held ${holdings(phone)}.`)
  return same && complete
}

async function command<T>({ data, stopped }: Scene, schema: z.ZodType<T>, ...args: string[]): Promise<T> {
  stopped.throwIfAborted()
  return schema.parse(await sidekeep(data, args, stopped))
}

function amountsOf({ store }: Phone): Amounts {
  return {
    contacts: visibleItems(store, 'contacts').length,
    events: visibleItems(store, 'events').length,
    photos: visiblePhotos(store).length,
  }
}

function holdings(phone: Phone): string {
  return amountsText(amountsOf(phone))
}

function amountsText({ contacts, events, photos }: Amounts): string {
  return `${counted(contacts, 'contact')}, ${counted(events, 'event')} and ${counted(photos, 'photo')}`
}

function countOf(phone: Phone): number {
  const { contacts, events, photos } = amountsOf(phone)
  return contacts + events + photos
}

function ofTotal(done: number, total: number): string {
  return `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
}
