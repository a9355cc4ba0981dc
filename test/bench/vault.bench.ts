/** Backups and restores beside restic: the first one, one after few changes, and all of it back. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { findPeers, type Peer } from '../peers/peers.ts'
import { SIDEKEEP } from '../program.ts'
import { type Bench, type Figure, limitRow, type Row, raceRow, type Setting } from './bench.ts'
import { changeTen, type Library, sendLibrary, writeLibrary } from './library.ts'
import { alternate, type Finished, peakMemory, type Sample, seconds, timeProgram } from './measure.ts'
import { resticIn } from './restic.ts'
import { named, requirePeer } from './servers.ts'
import { PHONE, type SidekeepEngine, serveSidekeep, sidekeep, startSidekeep } from './sidekeep.ts'

/** What earlier work left to be written must not slow the next. */
const settleDisk = () => timeProgram('sync', [])

const sample = (who: string, { seconds, peakBytes }: Finished): Sample => ({ who, value: seconds, peakBytes })

async function backUp(engine: SidekeepEngine): Promise<Sample> {
  const value = await seconds(async () => {
    const { unreadable } = await engine.call('backup.run', {})
    if (unreadable.length > 0) throw new Error(`${unreadable.length} files could not be read`)
  })
  return { who: engine.who, value, peakBytes: peakMemory(engine.pid) }
}

async function extract(engine: SidekeepEngine, to: string): Promise<Sample> {
  const value = await seconds(async () => {
    const { skipped } = await engine.call('restore.extract', { phone: PHONE, to })
    if (skipped.length > 0) throw new Error(`${skipped.length} files could not be written`)
  })
  return { who: engine.who, value, peakBytes: peakMemory(engine.pid) }
}

/** A fresh engine for one piece of work, so that its memory is that of this work alone. */
async function withEngine<T>(data: string, work: (engine: SidekeepEngine) => Promise<T>): Promise<T> {
  const engine = await serveSidekeep(data)
  try {
    return await work(engine)
  } finally {
    await engine.stop()
  }
}

/** The program tells the seconds itself, so that its start does not count, as it doesn't for the engine. */
async function backUpUnverified(data: string): Promise<Sample> {
  const script = join(import.meta.dirname, 'unverified-backup.ts')
  const { stdout, peakBytes } = await timeProgram(process.execPath, [
    ...SIDEKEEP.filter((word) => word.startsWith('-')),
    script,
    data,
  ])
  return { who: 'Sidekeep, unverified', value: z.number().parse(JSON.parse(stdout)), peakBytes }
}

/** The first backup of all there is, and then all of it back, each round with a vault of its own. */
async function firstBackupAndRestore({ quick, folder, say }: Setting): Promise<Row[]> {
  const library: Library = {
    ...{ cards: quick ? 500 : 5000, events: 0 },
    ...{ photos: quick ? 50 : 1000, photoSize: 2_000_000 },
  }
  const [tree, filled] = [join(folder, 'tree'), join(folder, 'filled')]
  say('making what is to be backed up')
  writeLibrary(library, tree)
  const server = await startSidekeep(filled)
  await sendLibrary(library, server).finally(server.stop)

  /** Backs up a fresh copy of what was sent. */
  const ours = (data: string, work: (data: string) => Promise<Sample>) => async (): Promise<Sample> => {
    rmSync(data, { recursive: true, force: true })
    cpSync(filled, data, { recursive: true, preserveTimestamps: true })
    await settleDisk()
    say('first backup: Sidekeep')
    return work(data)
  }
  const repository = (peer: Peer) => join(folder, named(peer))
  const theirs = (peer: Peer) => async (): Promise<Sample> => {
    rmSync(repository(peer), { recursive: true, force: true })
    mkdirSync(repository(peer))
    const restic = resticIn(repository(peer), peer)
    await restic.init()
    await settleDisk()
    say(`first backup: ${named(peer)}`)
    return sample(named(peer), await restic.backup(tree))
  }
  const [newest, oldest] = [requirePeer('restic'), findPeers('restic').at(-1)!]
  const rounds = quick ? 1 : 3
  const [data, unverified] = [join(folder, 'data'), join(folder, 'unverified')]
  const backups = await alternate(
    rounds,
    ours(data, (copy) => withEngine(copy, backUp)),
    theirs(newest),
    ours(unverified, backUpUnverified),
    theirs(oldest),
  )
  const restored = join(folder, 'restored')
  const restoring = (work: () => Promise<Sample>) => async (): Promise<Sample> => {
    rmSync(restored, { recursive: true, force: true })
    await settleDisk()
    say('restore')
    return work()
  }
  const restores = await alternate(
    rounds,
    restoring(() => withEngine(data, (engine) => extract(engine, restored))),
    restoring(async () =>
      sample(named(newest), await resticIn(repository(newest), newest).restore(restored)),
    ),
  )
  const used = [tree, filled, data, unverified, restored, repository(newest), repository(oldest)]
  for (const path of used) rmSync(path, { recursive: true, force: true })
  const amount = `${(library.photos * library.photoSize) / 1e9} GB`
  return [
    raceRow(`First backup of ${amount}, boxes verified`, 's', [backups[0], backups[1]], 1.5),
    raceRow(`First backup of ${amount}, not verified`, 's', [backups[2], backups[3]], 2.2),
    raceRow(`Restore of ${amount}`, 's', restores, 1),
  ]
}

function peakOf({ who, peakBytes }: Sample): Figure {
  if (peakBytes === null) throw new Error('This system tells no peak memory.')
  return { who, samples: [peakBytes / 1e6], peakBytes }
}

/** A large library with little new in it, backed up by the engine and by the command that asks it. */
async function backupAfterTenChanges({ quick, folder, say }: Setting): Promise<Row[]> {
  const scale = quick ? 0.02 : 1
  const library: Library = {
    ...{ cards: 20_000 * scale, events: 30_000 * scale },
    ...{ photos: 50_000 * scale, photoSize: 8_000 },
  }
  const count = library.cards + library.events + library.photos
  const [tree, data, repository] = [join(folder, 'tree'), join(folder, 'data'), join(folder, 'restic')]
  const peer = requirePeer('restic')
  mkdirSync(repository)
  const restic = resticIn(repository, peer)
  say(`making ${count} items`)
  writeLibrary(library, tree)
  const receiver = await startSidekeep(data)
  await sendLibrary(library, receiver).finally(receiver.stop)
  say('their first backups')
  const first = await withEngine(data, backUp)
  await restic.init()
  await restic.backup(tree)
  const server = await startSidekeep(data)
  try {
    let edition = 0
    const afterChanges = (work: () => Promise<Sample>) => async (): Promise<Sample> => {
      await changeTen(library, ++edition, tree, server)
      await settleDisk()
      say('backup after ten changes')
      return work()
    }
    const theirs = async () => sample(named(peer), await restic.backup(tree))
    const [engine, resticToo, command, resticAgain] = await alternate(
      quick ? 2 : 5,
      afterChanges(() => backUp(server)),
      theirs,
      afterChanges(async () => ({
        ...sample('sidekeep backup', await sidekeep(data, 'backup')),
        peakBytes: peakMemory(server.pid),
      })),
      theirs,
    )
    const work = `Backup after 10 changes in ${count} items`
    return [
      limitRow(`Peak memory of the first backup of ${count} items`, 'MB', peakOf(first), [], 300),
      raceRow(work, 's', [engine, resticToo], 10),
      raceRow(`${work}, by the command that asks the engine`, 's', [command, resticAgain], 1),
    ]
  } finally {
    await server.stop()
    for (const path of [tree, data, repository]) rmSync(path, { recursive: true, force: true })
  }
}

export const vault: Bench = {
  name: 'vault',
  run: async (setting) => [
    ...(await firstBackupAndRestore(setting)),
    ...(await backupAfterTenChanges(setting)),
  ],
}
