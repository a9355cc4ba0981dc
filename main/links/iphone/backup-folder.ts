/** Backups on this computer: where they lie, whose they are, and whether they can be read. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { damagedBackup } from './problems.ts'
import { asRecord, readPropertyList } from './property-list.ts'

export interface BackupFolder {
  folder: string
  /** The phone's id, the same after a reset. */
  udid: string
  /** How its owner named it. */
  name: string
  /** Of the phone, such as `18.1`; empty when not told. */
  iosVersion: string
  /** Milliseconds since 1970; 0 when not told. */
  takenAt: number
  isEncrypted: boolean
  /** Undefined when it is whole, else a sentence on what is wrong. */
  fault: string | undefined
}

export interface Surroundings {
  platform: NodeJS.Platform
  home: string
  /** `%AppData%` on Windows. */
  appData: string | undefined
}

/** Where Finder, iTunes and Apple Devices put backups. idevicebackup2 has no such place; whoever runs it names one. */
export function usualPlaces({ platform, home, appData }: Surroundings): string[] {
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support', 'MobileSync', 'Backup')]
  if (platform !== 'win32') return []
  const roaming = appData ?? join(home, 'AppData', 'Roaming')
  return [
    join(roaming, 'Apple Computer', 'MobileSync', 'Backup'),
    join(home, 'Apple', 'MobileSync', 'Backup'),
  ]
}

export interface FoundBackups {
  backups: BackupFolder[]
  /** Places that are there and that we may not look into, as macOS has it without Full Disk Access. */
  forbidden: string[]
}

/** All backups in the places, the newest first. A place may itself be a backup. */
export async function findBackups(places: readonly string[]): Promise<FoundBackups> {
  const found: FoundBackups = { backups: [], forbidden: [] }
  for (const place of places) {
    try {
      const inside = (await readdir(place, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
        .map((entry) => join(place, entry.name))
      for (const folder of [place, ...inside]) {
        if (await isBackup(folder)) found.backups.push(await readBackupFolder(folder))
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPERM' || code === 'EACCES') found.forbidden.push(place)
      else if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    }
  }
  found.backups.sort((a, b) => b.takenAt - a.takenAt)
  return found
}

async function isBackup(folder: string): Promise<boolean> {
  const signs = await Promise.all(
    ['Manifest.plist', 'Manifest.db', 'Manifest.mbdb', 'Status.plist'].map((name) =>
      isThere(join(folder, name)),
    ),
  )
  return signs.includes(true)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

const Time = z.date().transform((date) => date.getTime())
const Info = z.object({
  'Device Name': z.string().optional(),
  'Last Backup Date': Time.optional(),
  'Product Version': z.string().optional(),
  'Target Identifier': z.string().optional(),
  'Unique Identifier': z.string().optional(),
})
const Status = z.object({ SnapshotState: z.string().optional(), Date: Time.optional() })
const Manifest = z.object({ IsEncrypted: z.boolean().optional(), Date: Time.optional() })

/** Never throws for what is in the folder: what is wrong with it is its `fault`. */
export async function readBackupFolder(folder: string): Promise<BackupFolder> {
  const [info, status, manifest] = await Promise.all([
    readInfo(folder),
    readPart(folder, 'Status.plist', Status),
    readPart(folder, 'Manifest.plist', Manifest),
  ])
  const identity = info.value?.['Unique Identifier'] ?? info.value?.['Target Identifier'] ?? udidOf(folder)
  return {
    folder,
    udid: identity.toUpperCase(),
    name: info.value?.['Device Name'] || 'iPhone',
    iosVersion: info.value?.['Product Version'] ?? '',
    takenAt: status.value?.Date ?? info.value?.['Last Backup Date'] ?? manifest.value?.Date ?? 0,
    isEncrypted: manifest.value?.IsEncrypted ?? false,
    fault: await faultOf(folder, status, manifest),
  }
}

interface Part<T> {
  value: T | undefined
  state: 'read' | 'missing' | 'broken'
}

async function readPart<T>(folder: string, name: string, shape: z.ZodType<T>): Promise<Part<T>> {
  const bytes = await readFile(join(folder, name)).catch(() => undefined)
  if (bytes === undefined) return { value: undefined, state: 'missing' }
  try {
    return { value: shape.parse(asRecord(readPropertyList(bytes))), state: 'read' }
  } catch {
    return { value: undefined, state: 'broken' }
  }
}

/** With the icons of all its apps it has megabytes, and the engine looks for backups every few seconds. */
const knownInfos = new Map<string, { version: string; part: Part<z.infer<typeof Info>> }>()

async function readInfo(folder: string): Promise<Part<z.infer<typeof Info>>> {
  const held = await stat(join(folder, 'Info.plist')).catch(() => undefined)
  const version = `${held?.mtimeMs} ${held?.size}`
  const known = knownInfos.get(folder)
  if (held && known?.version === version) return known.part
  const part = await readPart(folder, 'Info.plist', Info)
  knownInfos.set(folder, { version, part })
  return part
}

// Copies that iTunes set aside are called `<UDID>-20261123-014000`.
function udidOf(folder: string): string {
  return folder.replace(/^.*[/\\]/, '').replace(/-\d{8}-\d{6}$/, '')
}

async function faultOf(
  folder: string,
  status: Part<z.infer<typeof Status>>,
  manifest: Part<z.infer<typeof Manifest>>,
): Promise<string | undefined> {
  const inside = await readdir(folder)
  if (inside.includes('Manifest.mbdb') && !inside.includes('Manifest.db')) {
    return 'It was made before iOS 10 and has a form that is not supported.'
  }
  const state = status.value?.SnapshotState
  if (state !== undefined && state !== 'finished') return 'It is not finished.'
  if (status.state === 'broken') return 'Its Status.plist is damaged, or is just being written.'
  if (manifest.state === 'missing') return 'Its Manifest.plist is missing; the backup was cut off.'
  if (manifest.state === 'broken') return 'Its Manifest.plist is damaged.'
  if (!inside.includes('Manifest.db'))
    return 'Its list of files (Manifest.db) is missing; the backup was cut off.'
  return undefined
}

const Keys = z.object({
  BackupKeyBag: z.instanceof(Uint8Array),
  ManifestKey: z.instanceof(Uint8Array).optional(),
})

/** What the keys of an encrypted backup are made from. @throws Problem `data-damaged`. */
export async function readBackupKeys(folder: string): Promise<z.infer<typeof Keys>> {
  try {
    return Keys.parse(readPropertyList(await readFile(join(folder, 'Manifest.plist'))))
  } catch (error) {
    throw damagedBackup('Its Manifest.plist has no keys.', error)
  }
}
