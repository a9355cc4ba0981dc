/** iPhones by their local backups, as Finder, iTunes, Apple Devices and idevicebackup2 make them; where that is installed, it is run here. */
import { mkdir, rm } from 'node:fs/promises'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import type { Watch } from '../../progress.ts'
import type { Link, LinkMemory, Source } from '../link.ts'
import { openBackup } from './backup.ts'
import { findBackups } from './backup-folder.ts'
import { captureBackup, kindsToRead } from './capture.ts'
import { switchEncryptionOn } from './connected/make-backup.ts'
import { listConnected } from './connected/phones.ts'
import type { RunTool } from './connected/tools.ts'
import { createRenewal } from './renewal.ts'
import { forbiddenSource, idOf, type KnownPhone, knownPhones, sourceOf } from './sources.ts'

export interface IphoneOptions {
  /** Where backups usually lie on this computer. */
  places: readonly string[]
  /** Where those lie that are made here. */
  own: string
  memory: LinkMemory
  /** A folder of this link's own, for copies of a backup's databases while it is read. They are removed when it was. */
  temporary: string
  run: RunTool
  now(): number
}

/** Folders that the owner named. */
const Memory = z.object({ folders: z.array(z.string()) })

export function createIphoneLink({ places, own, memory, temporary, run, now }: IphoneOptions): Link {
  const named = () => {
    const known = Memory.safeParse(memory.read())
    return known.success ? known.data.folders : []
  }
  const lookForBackups = () => findBackups([...places, own, ...named()])
  const renewal = createRenewal({ run, folder: own, now })

  // What a killed process left there is in the clear.
  let swept: Promise<void> | undefined
  const sweep = async () => {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true, mode: 0o700 })
  }

  async function look(watch: Watch) {
    const [{ backups, forbidden }, phones] = await Promise.all([
      lookForBackups(),
      listConnected(run, watch.signal),
    ])
    return { known: knownPhones(backups, phones), phones, forbidden }
  }

  const described = (id: string, known: KnownPhone): Source =>
    sourceOf(id, known, { during: renewal.during(id), isDue: renewal.isDue(known) })

  async function addFolder(folder: string): Promise<Source> {
    const { backups, forbidden } = await findBackups([folder])
    const [newest] = knownPhones(backups, [])
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
    return described(...newest)
  }

  /** @param wanted the phone's id; needed where several are connected. */
  async function encryptBackups(
    wanted: string | undefined,
    password: string | undefined,
    watch: Watch,
  ): Promise<Source> {
    const { phones } = await look(watch)
    const [phone, other] = phones.filter((one) => wanted === undefined || idOf(one) === wanted.toUpperCase())
    if (!phone)
      throw new Problem('unreachable', 'This iPhone is not connected.', 'Connect it with its cable.')
    if (other)
      throw new Problem('bad-input', 'Several iPhones are connected.', 'Say which, as in phone=00008110-….')
    if (phone.obstacle) throw new Problem('not-allowed', phone.obstacle.sentence, phone.obstacle.next)
    if (!password) {
      throw new Problem(
        'wrong-password',
        'Encrypted backups need a password.',
        'Choose one and keep it well: without it nobody can read them.',
      )
    }
    if (!phone.encrypts) await switchEncryptionOn(run, phone.udid, password, watch)
    const id = idOf(phone)
    return described(id, (await look(watch)).known.get(id) ?? { backup: undefined, phone })
  }

  return {
    kind: 'iphone',
    async find(watch) {
      const { known, forbidden } = await look(watch)
      return [...[...known].map(([id, one]) => described(id, one)), ...forbidden.map(forbiddenSource)]
    },
    async connect({ folder, encryption, phone }, { password }, watch) {
      if (encryption === 'on') return encryptBackups(phone, password, watch)
      if (encryption !== undefined)
        throw new Problem(
          'not-allowed',
          'The encryption of an iPhone’s backups is never switched off here.',
          'It keeps what is in them from others who use this computer.',
        )
      if (folder) return addFolder(folder)
      throw new Problem('bad-input', 'No folder was named.', 'Name the folder that holds the backups.')
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
      const before = (await look(watch)).known.get(source.id)
      if (before) await renewal.renew(before, request, sink, watch)
      const folder = knownPhones((await lookForBackups()).backups, []).get(source.id)?.backup
      if (!folder) throw noBackup()
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

function noBackup(): Problem {
  return new Problem(
    'not-found',
    'There is no backup of this iPhone on this computer.',
    'Connect it and install libimobiledevice’s tools, or make one with Finder, iTunes or Apple Devices. What was read before is kept.',
  )
}
