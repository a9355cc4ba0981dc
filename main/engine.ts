/** Starts, wires and stops the parts. It is the same under Electron and under plain Node, and imports neither's shell. */
import { mkdir } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { contract, type Input, type Method, type Output } from '../preload/contract.ts'
import { createAnnouncements, type Listener } from './announcements.ts'
import { type BackupResult, backUp } from './backup/backup.ts'
import { captureAll, readable, worthATry } from './capture/capture-all.ts'
import type { CaptureTools } from './capture/captures.ts'
import { findSources, linksInUse } from './capture/find-sources.ts'
import { keptSecrets } from './capture/kept-secrets.ts'
import { createSourceRuns } from './capture/runs.ts'
import { watchSources } from './capture/watch-sources.ts'
import { createDavHandler } from './links/dav/server.ts'
import { davUrls } from './links/dav/urls.ts'
import type { Link } from './links/link.ts'
import { createFreshPasswords } from './links/portal/fresh-passwords.ts'
import { createPairings } from './links/portal/pairing.ts'
import { createPortal } from './links/portal/portal.ts'
import { createLinks } from './links.ts'
import { backupMethods } from './methods/backup.ts'
import { linkMethods } from './methods/links.ts'
import type { Methods, Tools } from './methods/methods.ts'
import { pairingMethods } from './methods/pairing.ts'
import { phoneMethods } from './methods/phones.ts'
import { restoreMethods } from './methods/restore.ts'
import { keepBeforeLoss, keepByPolicy, retentionMethods } from './methods/retention.ts'
import { scheduleMethods, setPlan } from './methods/schedule.ts'
import { spareNewest } from './methods/spared.ts'
import { statusMethods } from './methods/status.ts'
import { vaultMethods } from './methods/vault.ts'
import { viewMethods } from './methods/view.ts'
import { workMethods } from './methods/works.ts'
import { ownVault } from './own-vault.ts'
import { createActivity } from './phone-activity.ts'
import { phoneSide } from './phone-side.ts'
import { createThumbnails } from './photos/thumbnails.ts'
import { Problem } from './problem.ts'
import type { Watch } from './progress.ts'
import type { Reach } from './reach.ts'
import { sweepChunks, sweepUploads } from './replica/chunked-uploads.ts'
import { sweepIncoming } from './replica/files.ts'
import { releaseHistory } from './replica/history.ts'
import { sweepPartialFiles } from './replica/partial-files.ts'
import { openReplica, type Replica } from './replica/replica.ts'
import { readSetting, writeSetting } from './replica/settings.ts'
import { createPoints } from './restore/points.ts'
import type { Cause, Run } from './schedule/records.ts'
import { openScheduler } from './schedule/scheduler.ts'
import type { Secrets } from './secrets.ts'
import { realTimers, type Timers } from './timers.ts'
import { takeTurns } from './turns.ts'
import type { Vault } from './vault/vault.ts'
import { createWorks, type Works } from './works.ts'
import type { World } from './world.ts'

export interface EngineOptions {
  dataFolder: string
  world: World
  secrets: Secrets
  /** Name of this computer, for snapshots. */
  hostname: string
  /** Folder of the built pages for phones; by default where `npm run build` puts them. */
  pagesFolder?: string
  /** Links to data that lies elsewhere; by default all there are. */
  links?: (replica: Replica, dataFolder: string) => Link[]
  /** By which the schedule and the look for sources run; by default the system's. */
  timers?: Timers
  /** Hears what a person may want to know: failed runs, failed requests. */
  log: (line: string) => void
}

export interface Engine {
  /**
   * Calls a method of the contract.
   * @throws Problem `bad-input` when the input does not fit, and the method's own problems.
   */
  call<M extends Method>(method: M, input: Input<M>, watch?: Watch): Promise<Output<M>>
  /** Tells all events, at once and whenever what they tell of has moved, until the function returned is called. */
  listen(listener: Listener): () => void
  /** Answers the phones' requests; for a server's `checkContinue` event as well. */
  readonly phones: RequestListener
  /** Says where phones reach us now; the URL is remembered, since phones are told of it also while nothing listens. */
  setReach(reach: Reach): Promise<void>
  /** Begins automatic backups. */
  startSchedule(): Promise<void>
  close(): Promise<void>
}

const UNSERVED_URL = 'https://127.0.0.1:8553'
const BUILT_PAGES = join(import.meta.dirname, '..', 'dist', 'phone')

/** Opens the data folder, making what is missing. @throws Problem as `openReplica` does. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  await mkdir(options.dataFolder, { recursive: true, mode: 0o700 })
  const replica = openReplica(options.dataFolder, options.world)
  try {
    await sweepIncoming(replica)
    await sweepChunks(replica)
    await sweepPartialFiles(replica)
    return await wire(options, replica)
  } catch (error) {
    await replica.close()
    throw error
  }
}

async function wire(options: EngineOptions, replica: Replica): Promise<Engine> {
  const { dataFolder, secrets, hostname, pagesFolder = BUILT_PAGES, timers = realTimers, log } = options
  const logError = (message: string, error: unknown) =>
    log(`${message}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
  const announcements = createAnnouncements({
    changed: () => ({ epoch: replica.epoch, seq: replica.lastSeq() }),
    work: () => ({ now: works.list(), ended: works.ended() }),
  })
  const works = createWorks(replica.world.now, () => announcements.moved('work'))
  replica.onChange(() => announcements.moved('changed'))
  const vaultHere = ownVault(join(dataFolder, 'vault'), secrets, replica)
  const takeTurn = takeTurns()
  const inTurn = <T>(work: (vault: Vault) => Promise<T>) => takeTurn(async () => work(await vaultHere.open()))
  const takeBackup = (vault: Vault, tags: string[], watch: Watch) =>
    backUp(replica, vault, hostname, tags, watch)
  const links = (options.links ?? createLinks)(replica, dataFolder)
  const sourceRuns = await createSourceRuns(replica)
  const linkTools: CaptureTools = {
    ...{ replica, links, runs: sourceRuns, kept: keptSecrets(replica, secrets), log: logError },
    keepBefore: (tx) => spareNewest(tx, replica),
  }
  const sources = (watch: Watch) => findSources(replica, linksInUse(replica, links), logError, watch)
  const sourceWatch = watchSources({
    timers,
    readable: async () => readable(linkTools, await sources({})),
    appeared: (appeared) =>
      works.follow('links.capture', null, {}, (watch) => captureAll(linkTools, appeared, 'appeared', watch)),
    log: logError,
  })
  const backUpAll = async (cause: Cause, watch: Watch) => {
    // A first capture can take hours; the backup does not wait for one that is on already.
    if (!sourceRuns.isBusy())
      await captureAll(linkTools, worthATry(linkTools, await sources(watch)), cause, watch)
    return inTurn(async (vault) => {
      const result = await takeBackup(vault, [], watch)
      // Not after the backup that a restore takes first: what it brings back may lie in just that history.
      await releaseHistory(replica)
      await sweepUploads(replica)
      await sweepPartialFiles(replica)
      await keepBeforeLoss(replica, result)
      await keepByPolicy(replica, vault, watch)
      return { ...result }
    })
  }
  const scheduler = await openScheduler({
    replica,
    timers,
    job: {
      name: 'backup',
      run: (cause, watch) =>
        works.follow('backup.run', null, watch, (followed) => backUpAll(cause, followed)),
    },
    reporter: {
      ended: (run) => logRun(log, run),
      trouble: (error) => logError('The schedule could not be stored', error),
    },
  })
  let serving = true
  let reach: Reach = {
    url: readSetting(replica, 'base_url') ?? UNSERVED_URL,
    ...{ urlsByAddress: [], welcomeUrls: [], root: null },
  }
  let isReached = false
  const pairings = createPairings(replica.world, log)
  const freshPasswords = createFreshPasswords(replica, replica.world)
  const points = createPoints({ replica, openVault: vaultHere.open, log: logError })
  const thumbnails = createThumbnails({
    folder: join(dataFolder, 'thumbnails'),
    world: replica.world,
    log: logError,
  })
  const tools: Tools = {
    ...{ replica, ownVault: vaultHere, scheduler, inTurn, backUp: takeBackup },
    ...{ reach: () => reach, isServing: () => isReached, pairings, freshPasswords },
  }
  const methods: Methods = {
    ...phoneMethods(tools),
    ...pairingMethods(tools),
    ...backupMethods(tools),
    ...restoreMethods(tools),
    ...vaultMethods(tools),
    ...retentionMethods(tools),
    ...scheduleMethods(tools),
    ...linkMethods(tools, linkTools),
    ...statusMethods(tools),
    ...viewMethods(tools),
    ...workMethods(works),
  }
  return {
    call: (method, input, watch = {}) => callMethod(methods, works, method, input, watch),
    listen: announcements.listen,
    phones: phoneSide(
      createPortal({
        ...{ replica, pagesFolder, pairings, freshPasswords, points, thumbnails },
        ...{ addressesOf: davUrls, reach: () => reach, ready: () => serving, log: logError },
      }),
      createDavHandler({
        replica,
        ready: () => serving,
        ...{ seen: createActivity(replica, logError), notice: log },
        log: logError,
      }),
    ),
    async setReach(now) {
      reach = now
      isReached = true
      await replica.write((tx) => writeSetting(tx, 'base_url', now.url))
    },
    async startSchedule() {
      if (readSetting(replica, 'schedule_set') === undefined)
        await setPlan(tools, { every: 'hour', minute: 0 })
      scheduler.start()
      sourceWatch.start()
    },
    async close() {
      serving = false
      announcements.close()
      sourceWatch.stop()
      await sourceRuns.close()
      await scheduler.stop({ cancel: true })
      await thumbnails.close()
      await takeTurn(() => vaultHere.close())
      await replica.close()
    },
  }
}

function logRun(log: (line: string) => void, { result, cause, detail }: Run): void {
  const whole = result === 'done' && (detail as Partial<BackupResult>).unreadable?.length === 0
  if (!whole) log(`The ${cause} backup: ${result}. ${JSON.stringify(detail)}`)
}

async function callMethod<M extends Method>(
  methods: Methods,
  works: Works,
  method: M,
  input: Input<M>,
  watch: Watch,
): Promise<Output<M>> {
  const { input: inputSchema, output: outputSchema } = contract[method]
  const checked = inputSchema.safeParse(input)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw new Problem(
      'bad-input',
      `${method}: ${issue?.path.join('.') ?? 'input'}: ${issue?.message ?? 'does not fit'}.`,
      'Correct it and try again.',
    )
  }
  const run = (watch: Watch) => methods[method](checked.data as never, watch)
  // A backup is followed from where it runs, so that an automatic one is seen as well.
  const output = await (method === 'backup.run'
    ? run(watch)
    : works.follow(method, aboutOf(input), watch, run))
  return outputSchema.parse(output) as Output<M>
}

/** The phone or source that a call is about, where it names one. */
function aboutOf(input: object): string | null {
  const { phone, source } = input as { phone?: string; source?: string }
  return phone ?? source ?? null
}
