/** Android phones on a cable or with wireless debugging, read as they are by ADB: nothing is installed on them. */
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import { stopIfAsked, type Watch } from '../../progress.ts'
import type {
  CaptureRequest,
  CaptureSink,
  DataKind,
  Link,
  LinkMemory,
  SendReport,
  SendRequest,
  SentItem,
  Source,
  SourceState,
} from '../link.ts'
import { type AdbServer, type AdbServerOptions, createAdbServer } from './adb-server.ts'
import { captureCalendars } from './calendars.ts'
import { captureContacts } from './contacts.ts'
import { ContentError } from './content-tool.ts'
import type { Device } from './device.ts'
import { createDirectPhones, type DirectPhones, type Way } from './direct.ts'
import { findExportedPictures, HOW_TO_EXPORT } from './exported-pictures.ts'
import { createPatience, type Patience } from './patience.ts'
import { capturePhotos } from './photos.ts'
import { androidIdOf, checkAccess, firstLine, listWorkProfiles, openProviders } from './providers.ts'
import { forgetDirect, recall, rememberDirect, rememberFolders } from './remembered.ts'
import { sendCalendars } from './send-calendars.ts'
import { sendContacts } from './send-contacts.ts'
import { sendPhotos } from './send-photos.ts'
import { stateOf } from './states.ts'
import { checkAddress, connectWireless, WIRELESS_ADDRESS } from './wireless.ts'

/** What a capture leaves for the next one: the last reset of the phone, which gives it a new id. */
const cursorShape = z.object({ androidId: z.string() })

export interface AndroidOptions extends AdbServerOptions {
  /** Milliseconds since 1970. */
  now: () => number
  /** Milliseconds that a phone may say nothing while it is read or written; a minute by default. */
  silence?: number
  /** Where the link keeps what its owner told it, and the key by which phones know this computer; without them, none of it is kept. */
  own?: { memory: LinkMemory; keyFile: string }
}

const SILENCE = 60_000
/** Its name it tells at once. */
const MOST_TO_INTRODUCE = 10_000

/**
 * Options of `connect`: for a phone on the network its `address`, which is found by itself where only one phone announces it; for the first
 * time also `pairing`, the address in the phone's window with the code, or `find`, the secret `code` being that code. Or `folders` to
 * be read besides the usual ones, and the `phone` they are for where there are several.
 */
export function createAndroidLink(options: AndroidOptions): Link {
  const server = createAdbServer(options)
  const { silence = SILENCE, own } = options
  const direct = own && createDirectPhones(own.memory, own.keyFile)

  /** Every way to every phone. Null where there is none, and no ADB server to tell of any. */
  async function ways(): Promise<Way[] | null> {
    const listed = await server.list()
    const known = direct?.list() ?? []
    if (!listed && known.length === 0) return null
    const throughServer = (listed ?? []).map((one) => ({
      ...one,
      open: (patience: Patience) => server.open(one, patience),
    }))
    return [...throughServer, ...known]
  }

  async function find(watch: Watch): Promise<Source[]> {
    const all = await ways()
    if (!all) throw noServer()
    const found = await Promise.all(all.map((way) => sourceOf(way, watch)))
    // A phone on a cable and on Wi-Fi is one phone; what lets us in counts.
    const sources = new Map<string, Source>()
    for (const source of found) {
      if (sources.get(source.id)?.state.code !== 'ready') sources.set(source.id, source)
    }
    return [...sources.values()]
  }

  async function withDevice<T>(
    source: Source,
    watch: Watch,
    work: (device: Device) => Promise<T>,
  ): Promise<T> {
    const way = await choose((await ways()) ?? [], source, watch)
    return withOpenDevice(way, source, createPatience(silence, watch.signal), work)
  }

  return {
    kind: 'android',
    find,

    async connect({ address, pairing, folders, phone }, { code }, watch) {
      if (folders !== undefined) return chooseFolders(await find(watch), own?.memory, phone, folders)
      if ((await server.list()) === null) {
        if (!(own && direct) || !address || pairing || code) throw noServer()
        return connectDirect(direct, own.memory, address, createPatience(silence, watch.signal))
      }
      const connected = await connectWireless(server.client, { address, pairing, code })
      const way = (await ways())?.find(({ serial }) => serial === connected)
      if (!way) throw new Problem('unreachable', 'The phone went away again.', 'Try again.')
      return sourceOf(way, watch)
    },

    async disconnect(sourceId) {
      if (own) await forgetDirect(own.memory, sourceId)
      await disconnectWireless(server, sourceId, (await ways()) ?? [])
    },

    capture(source, request, sink, watch) {
      const folders = own ? (recall(own.memory).folders[source.id] ?? []) : []
      return withDevice(source, watch, (device) => capture(device, request, sink, watch, folders))
    },

    send(source, request, watch) {
      return withDevice(source, watch, (device) => send(device, request, watch, options.now()))
    },
  }
}

async function capture(
  device: Device,
  { kinds, cursor }: CaptureRequest,
  sink: CaptureSink,
  watch: Watch,
  folders: readonly string[],
): Promise<z.infer<typeof cursorShape>> {
  const providers = await openProviders(device)
  const known = cursorShape.safeParse(cursor)
  const androidId = providers.identity || (known.data?.androidId ?? '')
  const { tool } = providers
  const findPictures = () => findExportedPictures(device)
  const readers: [DataKind, string, () => Promise<void>][] = [
    ['contacts', 'Contacts', () => captureContacts(tool, androidId, sink, findPictures)],
    ['calendar', 'Calendars', () => captureCalendars(tool, androidId, sink)],
    ['photos', 'Photos', () => capturePhotos(device, sink, watch, folders)],
  ]
  for (const [kind, name, read] of readers) {
    if (!kinds.includes(kind)) continue
    stopIfAsked(watch)
    try {
      if (kind !== 'photos') await checkAccess(device.shell, providers, kind)
      await read()
    } catch (error) {
      // One kind that the phone refuses does not keep the others from being read.
      const isRefused = error instanceof Problem && (error.code === 'not-allowed' || error.code === 'busy')
      if (!(isRefused || error instanceof ContentError)) throw error
      sink.missed(name, isRefused ? `${error.message} ${error.next}` : `The phone says: ${error.message}`)
    }
  }
  if (kinds.some((kind) => kind !== 'photos')) {
    for (const name of await listWorkProfiles(device.shell)) sink.missed(name, WORK_PROFILE)
  }
  return { androidId }
}

const WORK_PROFILE =
  'This part of the phone is its owner’s employer’s, and its contacts and calendars are not read.'

async function send(device: Device, request: SendRequest, watch: Watch, now: number): Promise<SendReport> {
  const { items, dryRun } = request
  const of = (wanted: SentItem['kind']) => items.filter(({ kind }) => kind === wanted)
  const providers = await openProviders(device)
  for (const kind of ['contacts', 'calendar'] as const) {
    if (of(kind).length > 0) await checkAccess(device.shell, providers, kind)
  }
  const events = await sendCalendars(providers, of('calendar'), { dryRun }, watch)
  const photos = await sendPhotos(device, request, watch)
  // Last, as its owner may have to tap now.
  const cards = await sendContacts(device, providers, of('contacts'), { dryRun, now }, watch)
  const reports = [cards, events, photos]
  const sum = (count: 'added' | 'changed' | 'unchanged') =>
    reports.reduce((total, report) => total + report[count], 0)
  const partial = reports.flatMap((report) => report.partial ?? [])
  return {
    ...{ added: sum('added'), changed: sum('changed'), unchanged: sum('unchanged') },
    failed: reports.flatMap(({ failed }) => failed),
    ...(partial.length > 0 ? { partial } : {}),
    next: cards.next,
  }
}

/** @throws Problem that says so when the phone goes away meanwhile. */
async function withOpenDevice<T>(
  way: Way,
  source: Source,
  patience: Patience,
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const device = await way.open(patience)
  try {
    return await work(device)
  } catch (error) {
    if (patience.signal.aborted) throw patience.signal.reason
    if (!(error instanceof Problem || (await device.isThere()))) throw gone(source, error)
    throw error
  } finally {
    await device.close()
  }
}

/** The way to the phone that lets us in. */
async function choose(ways: readonly Way[], source: Source, watch: Watch): Promise<Way> {
  let state = source.state
  for (const way of ways) {
    const seen = await sourceOf(way, watch)
    if (seen.id !== source.id) continue
    state = seen.state
    if (state.code === 'ready') return way
  }
  if (state.code === 'ready') throw gone(source)
  throw new Problem('unreachable', state.sentence, state.next)
}

function gone(source: Source, cause?: unknown): Problem {
  return new Problem(
    'unreachable',
    `${source.name} is no longer connected.`,
    'Plug it in again, or switch its wireless debugging on; what came so far is kept, and the next capture goes on.',
    { cause },
  )
}

async function sourceOf(way: Way, watch: Watch): Promise<Source> {
  const state = stateOf(way.state)
  const source = sourceBefore(way, state)
  if (state.code !== 'ready') return source
  try {
    const device = await way.open(createPatience(MOST_TO_INTRODUCE, watch.signal))
    return await introduced(device, source).finally(device.close)
  } catch (error) {
    stopIfAsked(watch)
    if (error instanceof Problem && error.code === 'not-allowed') {
      return { ...source, state: { code: 'unauthorised', sentence: error.message, next: error.next } }
    }
    // Phones go while they are listed; the next look tells more.
    return { ...source, state: stateOf('offline') }
  }
}

/** What is known of a phone before it says anything itself. */
function sourceBefore({ serial, id, model }: Omit<Way, 'open'>, state: SourceState): Source {
  return {
    link: 'android',
    id: id ?? `android-${serial}`,
    name: model.replaceAll('_', ' ') || 'Android phone',
    state,
    abilities: ABILITIES,
  }
}

async function introduced({ shell }: Device, source: Source): Promise<Source> {
  const serial = await firstLine(shell, ['getprop', 'ro.serialno'])
  const model = await firstLine(shell, ['getprop', 'ro.product.model'])
  const installation = await androidIdOf(shell)
  // On Wi-Fi the server calls a phone by its address; it has one serial number all the same.
  return {
    ...{ ...source, id: serial ? `android-${serial}` : source.id, name: model || source.name },
    ...(installation === '' ? {} : { installation }),
  }
}

async function connectDirect(
  direct: DirectPhones,
  memory: LinkMemory,
  address: string,
  patience: Patience,
): Promise<Source> {
  checkAddress(address)
  const device = await direct.connect(address, patience)
  const before = sourceBefore({ serial: address, model: '', state: 'device' }, stateOf('device'))
  const source = await introduced(device, before).finally(device.close)
  await rememberDirect(memory, address, source)
  return source
}

async function disconnectWireless(server: AdbServer, sourceId: string, ways: readonly Way[]): Promise<void> {
  for (const way of ways) {
    if (!WIRELESS_ADDRESS.test(way.serial) || (await sourceOf(way, {})).id !== sourceId) continue
    await server.client.wireless.disconnect(way.serial)
  }
}

async function chooseFolders(
  found: readonly Source[],
  memory: LinkMemory | undefined,
  phone: string | undefined,
  folders: string,
): Promise<Source> {
  const meant = found.filter(({ id, name }) => phone === undefined || [id, name].includes(phone))
  const [source] = meant
  if (!source || !memory || meant.length > 1) {
    throw new Problem(
      source ? 'bad-input' : 'not-found',
      source ? 'Several phones are here.' : 'This phone is not here.',
      'Plug it in, and say which it is by `phone`, with its name or id as the list of links shows it.',
    )
  }
  await rememberFolders(memory, source.id, folders)
  return source
}

function noServer(): Problem {
  return new Problem(
    'unreachable',
    'The program adb is not on this computer.',
    'Install Android’s platform tools (package `adb` on Linux), then try again.',
  )
}

const ABILITIES: Source['abilities'] = {
  contacts: {
    read: true,
    write: true,
    limit: `Contacts come without their pictures at first. ${HOW_TO_EXPORT} Contacts with pictures go back once you tap Import on the phone.`,
  },
  calendar: {
    read: true,
    write: true,
    limit: 'Events go back into calendars of their own on the phone, which no account syncs.',
  },
  photos: { read: true, write: true, limit: 'Hidden folders and other apps’ own folders are left out.' },
}
