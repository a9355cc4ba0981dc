/** A backup that is open for reading: its list of files, and their bytes. Nothing in its folder is ever written. */
import { createWriteStream } from 'node:fs'
import { copyFile, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../problem.ts'
import { type BackupFolder, readBackupKeys } from './backup-folder.ts'
import { openContent } from './content.ts'
import { type ClassKeys, openKeybag } from './keybag.ts'
import { damagedBackup, passwordNeeded } from './problems.ts'
import { readArchivedObject } from './property-list.ts'

/** A file as it is in the backup. */
export interface BackedUpFile {
  /** Its name in the backup: SHA-1 of domain and path in hex. */
  id: string
  domain: string
  /** Below the domain. */
  path: string
  /** Bytes. */
  size: number
  /** Milliseconds since 1970. */
  modifiedAt: number
  /** Milliseconds since 1970; 0 when not told. */
  bornAt: number
  /** Its key as the list holds it; undefined when it is not encrypted. */
  wrappedKey: Uint8Array | undefined
}

export interface Backup {
  folder: BackupFolder
  find(domain: string, path: string): BackedUpFile | undefined
  /**
   * The files of a domain whose path begins so, by path; folders and links are none. @param damaged hears of those of which the
   * list tells nothing that can be read.
   */
  list(
    domain: string,
    prefix: string,
    damaged: (path: string, problem: Problem) => void,
  ): Generator<BackedUpFile>
  /** @throws Problem `data-damaged` when it is not whole. */
  open(file: BackedUpFile): Promise<Readable>
  /** Copies a database with its -wal, decrypted, for reading. Undefined when the backup has none. @throws Problem `data-damaged`. */
  database(domain: string, path: string): Promise<DatabaseSync | undefined>
  close(): Promise<void>
}

/**
 * @param temporary a folder for copies of the databases, which `close` removes. @param password for an encrypted backup.
 * @throws Problem `wrong-password` or `data-damaged`.
 */
export async function openBackup(
  folder: BackupFolder,
  password: string | undefined,
  temporary: string,
): Promise<Backup> {
  if (folder.fault !== undefined) throw damagedBackup(folder.fault)
  const keys = folder.isEncrypted ? await openKeys(folder, password) : undefined
  const work = await mkdtemp(join(temporary, 'iphone-'))
  const databases: DatabaseSync[] = []
  async function close(): Promise<void> {
    for (const database of databases.splice(0)) database.close()
    await rm(work, { recursive: true, force: true })
  }
  try {
    const manifest = await openManifest(folder, keys, work)
    databases.push(manifest)
    const files = listFiles(manifest)
    const contentOf = (file: BackedUpFile) =>
      openContent(join(folder.folder, file.id.slice(0, 2), file.id), file.size, keyOf(file, keys?.classes))
    return {
      folder,
      ...files,
      open: contentOf,
      async database(domain, path) {
        const file = files.find(domain, path)
        if (!file) return undefined
        const copy = join(work, file.id)
        await pipeline(await contentOf(file), createWriteStream(copy, { mode: 0o600 }))
        const wal = files.find(domain, `${path}-wal`)
        if (wal && wal.size > 0) {
          await pipeline(await contentOf(wal), createWriteStream(`${copy}-wal`, { mode: 0o600 }))
        }
        const database = openDatabase(copy, path)
        databases.push(database)
        return database
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface Keys {
  classes: ClassKeys
  /** Undefined before iOS 10.2, when the list of files was not encrypted. */
  manifest: Buffer | undefined
}

async function openKeys({ folder }: BackupFolder, password: string | undefined): Promise<Keys> {
  if (password === undefined || password === '') throw passwordNeeded()
  const { BackupKeyBag, ManifestKey } = await readBackupKeys(folder)
  const classes = await openKeybag(BackupKeyBag, password)
  return { classes, manifest: ManifestKey && classes.unwrap(ManifestKey) }
}

function keyOf({ wrappedKey }: BackedUpFile, classes: ClassKeys | undefined): Buffer | undefined {
  return wrappedKey && classes ? classes.unwrap(wrappedKey) : undefined
}

async function openManifest(
  { folder }: BackupFolder,
  keys: Keys | undefined,
  work: string,
): Promise<DatabaseSync> {
  const [source, copy] = [join(folder, 'Manifest.db'), join(work, 'Manifest.db')]
  if (keys?.manifest) {
    const { size } = await stat(source)
    await pipeline(
      await openContent(source, size - (size % 16), keys.manifest),
      createWriteStream(copy, { mode: 0o600 }),
    )
    await cutToPages(copy)
  } else {
    await copyFile(source, copy)
    // Read as another program left it: rows that are in the log only count too.
    await copyFile(`${source}-wal`, `${copy}-wal`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  const manifest = openDatabase(copy, 'Manifest.db')
  try {
    manifest.prepare('SELECT fileID, domain, relativePath, flags, file FROM Files LIMIT 1').get()
  } catch (error) {
    manifest.close()
    throw damagedBackup('Its list of files (Manifest.db) is damaged.', error)
  }
  return manifest
}

// Encrypted, it may be filled up by a block that belongs to no page.
async function cutToPages(path: string): Promise<void> {
  const file = await open(path)
  const header = Buffer.alloc(18)
  await file.read(header, 0, 18, 0)
  const { size } = await file.stat()
  await file.close()
  const told = header.readUInt16BE(16)
  const pageSize = told === 1 ? 65_536 : told
  if (pageSize >= 512) await truncate(path, size - (size % pageSize))
}

function openDatabase(path: string, name: string): DatabaseSync {
  try {
    // Written to nowhere but the copy's own log, which holds what the phone had not yet merged.
    const database = new DatabaseSync(path)
    database.exec('PRAGMA query_only = ON; SELECT count(*) FROM sqlite_schema')
    return database
  } catch (error) {
    throw damagedBackup(`The database ${name.replace(/^.*\//, '')} in it is damaged.`, error)
  }
}

const IS_FILE = 1

function listFiles(manifest: DatabaseSync): Pick<Backup, 'find' | 'list'> {
  const columns = 'SELECT fileID AS id, domain, relativePath AS path, file FROM Files'
  const one = manifest.prepare(`${columns} WHERE domain = ? AND relativePath = ? AND flags = ${IS_FILE}`)
  return {
    find(domain, path) {
      const row = one.get(domain, path)
      return row && readRow(row)
    },
    *list(domain, prefix, damaged) {
      const where = `domain = ? AND relativePath >= ? AND relativePath < ? AND flags = ${IS_FILE}`
      // A statement of its own: several lists may be read at once.
      const many = manifest.prepare(`${columns} WHERE ${where} ORDER BY relativePath`)
      for (const row of many.iterate(domain, prefix, `${prefix}\u{10ffff}`)) {
        try {
          yield readRow(row)
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          damaged(String(row.path), error)
        }
      }
    },
  }
}

/** @throws Problem `data-damaged` when what it tells of a file cannot be read. */
function readRow({ id, domain, path, file }: Record<string, unknown>): BackedUpFile {
  try {
    if (typeof id !== 'string' || !/^[0-9a-f]{40}$/.test(id)) throw new Error(`${id} is not an id of a file.`)
    const record = readArchivedObject(file as Uint8Array)
    const key = record.EncryptionKey as { 'NS.data'?: unknown } | undefined
    const wrapped = key?.['NS.data']
    return {
      id,
      domain: String(domain),
      path: String(path),
      size: Math.max(Number(record.Size) || 0, 0),
      modifiedAt: (Number(record.LastModified) || 0) * 1000,
      bornAt: (Number(record.Birth) || 0) * 1000,
      wrappedKey: wrapped instanceof Uint8Array ? wrapped : undefined,
    }
  } catch (error) {
    throw damagedBackup(`What it tells of ${String(path)} is damaged.`, error)
  }
}
