/** Android phones on a cable or with wireless debugging, read as they are by ADB: nothing is installed on them. */
import { AdbServerClient } from '@yume-chan/adb'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import { stopIfAsked, type Watch } from '../../progress.ts'
import type {
  CaptureRequest,
  CaptureSink,
  DataKind,
  Link,
  SendReport,
  SendRequest,
  SentItem,
  Source,
} from '../link.ts'
import { type AdbServer, type AdbServerOptions, createAdbServer, type ListedDevice } from './adb-server.ts'
import { captureCalendars } from './calendars.ts'
import { captureContacts } from './contacts.ts'
import { ContentError } from './content-tool.ts'
import type { Device } from './device.ts'
import { findExportedPictures, HOW_TO_EXPORT } from './exported-pictures.ts'
import { createPatience } from './patience.ts'
import { capturePhotos } from './photos.ts'
import { androidIdOf, checkAccess, firstLine, listWorkProfiles, openProviders } from './providers.ts'
import { sendCalendars } from './send-calendars.ts'
import { sendContacts } from './send-contacts.ts'
import { sendPhotos } from './send-photos.ts'
import { stateOf } from './states.ts'

/** What a capture leaves for the next one: the last reset of the phone, which gives it a new id. */
const cursorShape = z.object({ androidId: z.string() })

export interface AndroidOptions extends AdbServerOptions {
  /** Milliseconds since 1970. */
  now: () => number
  /** Milliseconds that a phone may say nothing while it is read or written; a minute by default. */
  silence?: number
}

const SILENCE = 60_000
/** Its name it tells at once. */
const MOST_TO_INTRODUCE = 10_000

/**
 * Options of `connect`, for wireless debugging: `address` as the phone shows it, and for the first time also `pairing`, the address
 * in the phone's window with the code; the secret `code` is that code.
 */
export function createAndroidLink(options: AndroidOptions): Link {
  const server = createAdbServer(options)
  const { silence = SILENCE } = options
  return {
    kind: 'android',

    async find(watch) {
      const listed = await server.list()
      if (!listed) throw noServer()
      const found = await Promise.all(listed.map((one) => sourceOf(server, one, watch)))
      // A phone on a cable and on Wi-Fi is one phone; what lets us in counts.
      const sources = new Map<string, Source>()
      for (const source of found) {
        if (sources.get(source.id)?.state.code !== 'ready') sources.set(source.id, source)
      }
      return [...sources.values()]
    },

    connect: ({ address, pairing }, { code }, watch) =>
      connectWireless(server, { address, pairing, code }, watch),

    async disconnect(sourceId) {
      for (const listed of (await server.list()) ?? []) {
        const isWireless = WIRELESS_ADDRESS.test(listed.serial)
        if (isWireless && (await sourceOf(server, listed, {})).id === sourceId) {
          await server.client.wireless.disconnect(listed.serial)
        }
      }
    },

    capture(source, request, sink, watch) {
      return withDevice(server, source, { silence, watch }, (device) => capture(device, request, sink, watch))
    },

    send(source, request, watch) {
      return withDevice(server, source, { silence, watch }, (device) =>
        send(device, request, watch, options.now()),
      )
    },
  }
}

async function capture(
  device: Device,
  { kinds, cursor }: CaptureRequest,
  sink: CaptureSink,
  watch: Watch,
): Promise<z.infer<typeof cursorShape>> {
  const providers = await openProviders(device)
  const known = cursorShape.safeParse(cursor)
  const androidId = providers.identity || (known.data?.androidId ?? '')
  const { tool } = providers
  const findPictures = () => findExportedPictures(device)
  const readers: [DataKind, string, () => Promise<void>][] = [
    ['contacts', 'Contacts', () => captureContacts(tool, androidId, sink, findPictures)],
    ['calendar', 'Calendars', () => captureCalendars(tool, androidId, sink)],
    ['photos', 'Photos', () => capturePhotos(device, sink, watch)],
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

async function withDevice<T>(
  server: AdbServer,
  source: Source,
  { silence, watch }: { silence: number; watch: Watch },
  work: (device: Device) => Promise<T>,
): Promise<T> {
  const listed = await choose(server, source, watch)
  const patience = createPatience(silence, watch.signal)
  const device = await server.open(listed, patience)
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
async function choose(server: AdbServer, source: Source, watch: Watch): Promise<ListedDevice> {
  let state = source.state
  for (const listed of (await server.list()) ?? []) {
    const seen = await sourceOf(server, listed, watch)
    if (seen.id !== source.id) continue
    state = seen.state
    if (state.code === 'ready') return listed
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

async function sourceOf(server: AdbServer, listed: ListedDevice, watch: Watch): Promise<Source> {
  const state = stateOf(listed.state)
  const source: Source = {
    link: 'android',
    id: `android-${listed.serial}`,
    name: listed.model.replaceAll('_', ' ') || 'Android phone',
    state,
    abilities: ABILITIES,
  }
  if (state.code !== 'ready') return source
  try {
    return await introduced(server, listed, source, watch)
  } catch {
    stopIfAsked(watch)
    // Phones go while they are listed; the next look tells more.
    return { ...source, state: stateOf('offline') }
  }
}

async function introduced(
  server: AdbServer,
  listed: ListedDevice,
  source: Source,
  watch: Watch,
): Promise<Source> {
  const device = await server.open(listed, createPatience(MOST_TO_INTRODUCE, watch.signal))
  try {
    const serial = await firstLine(device.shell, ['getprop', 'ro.serialno'])
    const model = await firstLine(device.shell, ['getprop', 'ro.product.model'])
    const installation = await androidIdOf(device.shell)
    // On Wi-Fi the server calls a phone by its address; it has one serial number all the same.
    return {
      ...{ ...source, id: `android-${serial || listed.serial}`, name: model || source.name },
      ...(installation === '' ? {} : { installation }),
    }
  } finally {
    await device.close()
  }
}

/** Where a phone listens, as its settings show it. */
const WIRELESS_ADDRESS = /^(?:[\w.-]+|\[[\da-f:.%]+\]):\d{1,5}$/i

async function connectWireless(
  server: AdbServer,
  {
    address,
    pairing,
    code,
  }: { address?: string | undefined; pairing?: string | undefined; code?: string | undefined },
  watch: Watch,
): Promise<Source> {
  for (const given of pairing === undefined ? [address] : [address, pairing]) {
    if (!given || !WIRELESS_ADDRESS.test(given)) {
      throw new Problem(
        'bad-input',
        'This is no address of a phone.',
        'Give it as the phone shows it under “Wireless debugging”, such as 192.168.1.7:37099.',
      )
    }
  }
  if (pairing && !code) {
    throw new Problem(
      'wrong-password',
      'The phone shows a code beside the address for pairing.',
      'Enter its six digits.',
    )
  }
  if ((await server.list()) === null) throw noServer()
  const { wireless } = server.client
  try {
    if (pairing) await wireless.pair(pairing, code ?? '')
    await wireless.connect(address!)
  } catch (error) {
    if (!(error instanceof AdbServerClient.AlreadyConnectedError)) {
      const refused = pairing || error instanceof AdbServerClient.UnauthorizedError
      throw new Problem(
        refused ? 'not-allowed' : 'unreachable',
        refused ? 'The phone did not let this computer in.' : 'The phone cannot be reached at this address.',
        refused
          ? 'Choose “Pair device with pairing code” on the phone, and give the address and the code that it shows.'
          : 'Check that it is on the same Wi-Fi with wireless debugging on; its address changes each time it is switched on.',
        { cause: error },
      )
    }
  }
  const listed = (await server.list())?.find(({ serial }) => serial === address)
  if (!listed) throw new Problem('unreachable', 'The phone went away again.', 'Try again.')
  return sourceOf(server, listed, watch)
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
