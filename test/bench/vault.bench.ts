/** Backups and restores beside restic: the first one, one after few changes, and all of it back. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findPeers, type Peer } from '../peers/peers.ts'
import { type Bench, type Row, raceRow, type Setting } from './bench.ts'
import { changeTen, type Library, sendLibrary, writeLibrary } from './library.ts'
import { alternate, type Finished, type Sample, timeProgram } from './measure.ts'
import { resticIn } from './restic.ts'
import { named, requirePeer } from './servers.ts'
import { PHONE, sidekeep, startSidekeep } from './sidekeep.ts'

/** What earlier work left to be written must not slow the next. */
const settleDisk = () => timeProgram('sync', [])

const sample = (who: string, { seconds, peakBytes }: Finished): Sample => ({
  who,
  value: seconds,
  peakBytes,
})

/** Sends the library to a Sidekeep in `data`, which is stopped again. */
async function fill(library: Library, data: string): Promise<void> {
  const server = await startSidekeep(data)
  try {
    await sendLibrary(library, server)
  } finally {
    await server.stop()
  }
}

const backUpUnverified = (data: string) =>
  timeProgram(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'unverified-backup.ts'),
    data,
  ])

/** The first backup of all there is, and then all of it back, each round with a vault of its own. */
async function firstBackupAndRestore({ quick, folder, say }: Setting): Promise<Row[]> {
  const library: Library = {
    ...{ cards: quick ? 500 : 5000, events: 0 },
    ...{ photos: quick ? 50 : 1000, photoSize: 2_000_000 },
  }
  const [tree, filled] = [join(folder, 'tree'), join(folder, 'filled')]
  say('making what is to be backed up')
  writeLibrary(library, tree)
  await fill(library, filled)

  /** A fresh copy of the filled data folder is backed up; it stays for the restore. */
  const data = join(folder, 'data')
  const ours = (who: string, backUp: () => Promise<Finished>) => async (): Promise<Sample> => {
    rmSync(data, { recursive: true, force: true })
    cpSync(filled, data, { recursive: true, preserveTimestamps: true })
    await settleDisk()
    say(`first backup: ${who}`)
    return sample(who, await backUp())
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
  const backups = await alternate(
    rounds,
    ours('Sidekeep, unverified', () => backUpUnverified(data)),
    theirs(oldest),
    ours('Sidekeep', () => sidekeep(data, 'backup')),
    theirs(newest),
  )

  const restored = join(folder, 'restored')
  const restoring = (who: string, restore: () => Promise<Finished>) => async (): Promise<Sample> => {
    rmSync(restored, { recursive: true, force: true })
    await settleDisk()
    say(`restore: ${who}`)
    return sample(who, await restore())
  }
  const restores = await alternate(
    rounds,
    restoring('Sidekeep', () => sidekeep(data, 'restore', '--phone', PHONE, '--to', restored)),
    restoring(named(newest), () => resticIn(repository(newest), newest).restore(restored)),
  )
  for (const path of [tree, filled, data, restored, repository(newest), repository(oldest)]) {
    rmSync(path, { recursive: true, force: true })
  }
  const amount = `${(library.photos * library.photoSize) / 1e9} GB`
  return [
    raceRow(`First backup of ${amount}, boxes verified`, 's', [backups[2], backups[3]], 1.5),
    raceRow(`First backup of ${amount}, not verified`, 's', [backups[0], backups[1]], 2.2),
    raceRow(`Restore of ${amount}`, 's', restores, 1),
  ]
}

/** A large library with little new in it. */
async function backupAfterTenChanges({ quick, folder, say }: Setting): Promise<Row> {
  const scale = quick ? 0.02 : 1
  const library: Library = {
    ...{ cards: 20_000 * scale, events: 30_000 * scale },
    ...{ photos: 50_000 * scale, photoSize: 8_000 },
  }
  const count = library.cards + library.events + library.photos
  const [tree, data, repository] = [join(folder, 'tree'), join(folder, 'data'), join(folder, 'restic')]
  const peer = requirePeer('restic')
  const restic = resticIn(repository, peer)
  say(`making ${count} items`)
  writeLibrary(library, tree)
  await fill(library, data)
  mkdirSync(repository)
  await restic.init()
  say('their first backups')
  await sidekeep(data, 'backup')
  await restic.backup(tree)

  let edition = 0
  const figures = await alternate(
    quick ? 2 : 5,
    async () => {
      const server = await startSidekeep(data)
      await changeTen(library, ++edition, tree, server).finally(server.stop)
      await settleDisk()
      say('backup after ten changes')
      return sample('Sidekeep', await sidekeep(data, 'backup'))
    },
    async () => sample(named(peer), await restic.backup(tree)),
  )
  for (const path of [tree, data, repository]) rmSync(path, { recursive: true })
  return raceRow(`Backup after 10 changes in ${count} items`, 's', figures, 10)
}

export const vault: Bench = {
  name: 'vault',
  run: async (setting) => [...(await firstBackupAndRestore(setting)), await backupAfterTenChanges(setting)],
}
