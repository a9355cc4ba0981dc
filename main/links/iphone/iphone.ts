/** iPhones by their local backups, as Finder, iTunes, Apple Devices and idevicebackup2 make them. */
import { mkdir, rm } from 'node:fs/promises'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { DataKind, Link, LinkMemory, Source, SourceState } from '../link.ts'
import { openBackup } from './backup.ts'
import { type BackupFolder, findBackups } from './backup-folder.ts'
import { captureBackup, kindsToRead } from './capture.ts'

export interface IphoneOptions {
  /** Where backups usually lie on this computer. */
  places: readonly string[]
  memory: LinkMemory
  /** A folder of this link's own, for copies of a backup's databases while it is read. They are removed when it was. */
  temporary: string
}

/** Folders that the owner named. */
const Memory = z.object({ folders: z.array(z.string()) })

export function createIphoneLink({ places, memory, temporary }: IphoneOptions): Link {
  const named = () => {
    const known = Memory.safeParse(memory.read())
    return known.success ? known.data.folders : []
  }
  const look = () => findBackups([...places, ...named()])

  // What a killed process left there is in the clear.
  let swept: Promise<void> | undefined
  const sweep = async () => {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true, mode: 0o700 })
  }

  async function findBackup(sourceId: string): Promise<BackupFolder> {
    const found = newestOfEach((await look()).backups).find(({ udid }) => udid === sourceId)
    if (found) return found
    throw new Problem(
      'not-found',
      'There is no backup of this iPhone on this computer any more.',
      'Make one with Finder, iTunes or Apple Devices. What was read from earlier ones is kept.',
    )
  }

  return {
    kind: 'iphone',
    async find() {
      const { backups, forbidden } = await look()
      return [...newestOfEach(backups).map(sourceOf), ...forbidden.map(forbiddenSource)]
    },
    async connect({ folder }) {
      if (!folder)
        throw new Problem('bad-input', 'No folder was named.', 'Name the folder that holds the backups.')
      const { backups, forbidden } = await findBackups([folder])
      const [newest] = newestOfEach(backups)
      if (!newest) {
        throw new Problem(
          forbidden.length > 0 ? 'not-allowed' : 'not-found',
          forbidden.length > 0
            ? `The folder ${folder} may not be read.`
            : `There is no iPhone backup in ${folder}.`,
          'Name the folder that holds the backups, or the backup itself.',
        )
      }
      await memory.write({ folders: [...new Set([...named(), folder])] })
      return sourceOf(newest)
    },
    async disconnect(sourceId) {
      const kept: string[] = []
      for (const folder of named()) {
        const { backups } = await findBackups([folder])
        if (!backups.some(({ udid }) => udid === sourceId)) kept.push(folder)
      }
      await memory.write({ folders: kept })
    },
    async capture(source, request, sink, watch) {
      const folder = await findBackup(source.id)
      // Nothing new: neither is the password needed then.
      if (folder.fault === undefined && kindsToRead(folder.takenAt, request).length === 0)
        return request.cursor
      swept ??= sweep()
      await swept
      const backup = await openBackup(folder, request.secrets.password, temporary)
      try {
        return await captureBackup(backup, request, sink, watch)
      } finally {
        await backup.close()
      }
    },
    async send() {
      throw new Problem(
        'not-allowed',
        'A backup of an iPhone can’t be written to.',
        'Pair the phone with Sidekeep: contacts and calendars then come back by its account, and photos from its browser.',
      )
    },
  }
}

/** One backup for each phone. iTunes sets old ones aside beside the newest. */
function newestOfEach(backups: readonly BackupFolder[]): BackupFolder[] {
  const byPhone = new Map<string, BackupFolder>()
  for (const backup of backups) {
    if (!byPhone.has(backup.udid)) byPhone.set(backup.udid, backup)
  }
  return [...byPhone.values()]
}

function sourceOf(backup: BackupFolder): Source {
  const { udid, name, takenAt } = backup
  return {
    ...{ link: 'iphone', id: udid, name, edition: String(takenAt) },
    ...{ state: stateOf(backup), abilities: ABILITIES },
  }
}

function stateOf({ fault, isEncrypted }: BackupFolder): SourceState {
  if (fault !== undefined) {
    return {
      code: 'unfinished',
      sentence: `The newest backup of this iPhone can’t be read: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`,
      next: 'Let the backup run to its end, or make a new one.',
    }
  }
  if (isEncrypted) {
    return {
      code: 'password-needed',
      sentence: 'The backup of this iPhone is encrypted.',
      next: 'Enter the password that was set when encryption of local backups was switched on.',
    }
  }
  return { code: 'ready', sentence: 'The backup of this iPhone can be read.', next: '' }
}

const WRITE_ELSEWHERE = 'Read only: it comes back by the phone’s account at Sidekeep.'
const ABILITIES: Record<DataKind, { read: boolean; write: boolean; limit: string }> = {
  contacts: { read: true, write: false, limit: WRITE_ELSEWHERE },
  calendar: {
    read: true,
    write: false,
    limit: `${WRITE_ELSEWHERE} Subscribed calendars and birthdays are left out.`,
  },
  photos: {
    read: true,
    write: false,
    limit: 'Read only. Photos of which the original is only in iCloud are not in a backup.',
  },
}

/** macOS shows backups to nobody without Full Disk Access. */
function forbiddenSource(place: string): Source {
  const none = { read: false, write: false, limit: 'The folder may not be read.' }
  return {
    link: 'iphone',
    id: `folder:${place}`,
    name: 'iPhone backups',
    state: {
      code: 'forbidden',
      sentence: `The folder of iPhone backups (${place}) may not be read.`,
      next: 'On a Mac, give Sidekeep Full Disk Access in System Settings, Privacy & Security.',
    },
    abilities: { contacts: none, calendar: none, photos: none },
  }
}
