/**
 * Writes local backups as iTunes and Finder leave them, plain or encrypted (keybag of iOS 10.2 and later), for the reader's tests.
 * Nothing of the reader is used here.
 */
import { createCipheriv, hash, pbkdf2Sync } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { build, buildBinary, type PlistValue } from 'plist'

export interface BackedUpFile {
  domain: string
  path: string
  bytes: Uint8Array
  /** Milliseconds since 1970. */
  modifiedAt?: number
}

export interface BackupPlan {
  udid: string
  name: string
  /** Milliseconds since 1970. */
  takenAt: number
  files: readonly BackedUpFile[]
  /** Without one it is not encrypted. */
  password?: string
  /** Rounds of the key derivation; the phone takes ten million and ten thousand. */
  rounds?: { outer: number; inner: number }
  /** Lets Manifest.db's newest rows lie in its -wal. */
  manifestInWal?: boolean
  ios?: string
}

export const UDID = '00008110-000A1B2C3D4E5F60'

/** Writes the backup into a new folder below `place`. @returns that folder. */
export function writeBackup(place: string, plan: BackupPlan): string {
  const folder = join(place, plan.udid)
  mkdirSync(folder, { recursive: true })
  const keys = plan.password === undefined ? undefined : makeKeys(plan.password, plan.rounds)
  writeFileSync(join(folder, 'Info.plist'), build(infoOf(plan), { pretty: true }))
  writeFileSync(join(folder, 'Status.plist'), buildBinary(statusOf(plan)))
  writeFileSync(join(folder, 'Manifest.plist'), buildBinary(manifestOf(plan, keys)))
  const rows = plan.files.map((file) => writeFile(folder, file, keys))
  const manifest = makeDatabase(
    [
      'CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)',
      'CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB)',
    ],
    { Files: [folderRow('CameraRollDomain', 'Media/DCIM'), ...rows] },
    plan.manifestInWal ?? false,
  )
  const bytes = keys ? encrypt(manifest.main, keys.manifest, false) : manifest.main
  writeFileSync(join(folder, 'Manifest.db'), bytes)
  if (manifest.wal) writeFileSync(join(folder, 'Manifest.db-wal'), manifest.wal)
  return folder
}

function infoOf(plan: BackupPlan): PlistValue {
  return {
    'Device Name': plan.name,
    'Display Name': plan.name,
    'Last Backup Date': new Date(plan.takenAt),
    'Product Name': 'iPhone 13',
    'Product Version': plan.ios ?? '18.1',
    'Serial Number': 'F2LXXXXXXX',
    'Target Identifier': plan.udid,
    'Unique Identifier': plan.udid,
  }
}

function statusOf(plan: BackupPlan): PlistValue {
  return {
    BackupState: 'new',
    Date: new Date(plan.takenAt),
    IsFullBackup: false,
    SnapshotState: 'finished',
    UUID: '6C1F0C3A-4F0E-4C61-9A52-2A7B4B1C9D11',
    Version: '3.3',
  }
}

function manifestOf(plan: BackupPlan, keys: Keys | undefined): PlistValue {
  const common = {
    Date: new Date(plan.takenAt),
    IsEncrypted: keys !== undefined,
    Lockdown: { ProductVersion: plan.ios ?? '18.1', UniqueDeviceID: plan.udid },
    SystemDomainsVersion: '24.0',
    Version: '10.0',
    WasPasscodeSet: true,
  }
  if (!keys) return common
  return { ...common, BackupKeyBag: keys.keybag, ManifestKey: wrapped(3, keys) }
}

// Encryption, by the layout of the keybag: tag, length, value.

interface Keys {
  keybag: Buffer
  classes: Map<number, Buffer>
  manifest: Buffer
}

function makeKeys(password: string, rounds = { outer: 2000, inner: 500 }): Keys {
  const [salt, outerSalt] = [made('salt', 20), made('dpsl', 20)]
  const first = pbkdf2Sync(password, outerSalt, rounds.outer, 32, 'sha256')
  const kek = pbkdf2Sync(first, salt, rounds.inner, 32, 'sha1')
  const classes = new Map([1, 2, 3, 4, 5, 6, 7, 11].map((number) => [number, made(`class ${number}`, 32)]))
  const header = [
    tag('VERS', number32(5)),
    tag('TYPE', number32(1)),
    tag('UUID', made('keybag', 16)),
    tag('HMCK', made('hmck', 40)),
    tag('WRAP', number32(1)),
    tag('SALT', salt),
    tag('ITER', number32(rounds.inner)),
    tag('DPWT', number32(0)),
    tag('DPIC', number32(rounds.outer)),
    tag('DPSL', outerSalt),
  ]
  const entries = [...classes].flatMap(([number, key]) => [
    tag('UUID', made(`uuid ${number}`, 16)),
    tag('CLAS', number32(number)),
    // 3: by the password and by the device; 2: by the password alone, as backups have it.
    tag('WRAP', number32(2)),
    tag('KTYP', number32(0)),
    tag('WPKY', wrapKey(key, kek)),
  ])
  return { keybag: Buffer.concat([...header, ...entries]), classes, manifest: made('manifest', 32) }
}

function made(seed: string, length: number): Buffer {
  return hash('sha512', `iphone ${seed}`, 'buffer').subarray(0, length)
}

function tag(name: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from(name, 'latin1'), number32(value.length), value])
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function wrapKey(key: Buffer, by: Buffer): Buffer {
  const cipher = createCipheriv('id-aes256-wrap', by, Buffer.alloc(8, 0xa6))
  return Buffer.concat([cipher.update(key), cipher.final()])
}

/** A key as the manifest holds it: class as little-endian number, then the key wrapped by the class's. */
function wrapped(classNumber: number, keys: Keys, key = keys.manifest): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(classNumber)
  return Buffer.concat([bytes, wrapKey(key, keys.classes.get(classNumber)!)])
}

function encrypt(bytes: Uint8Array, key: Buffer, padded = true): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16))
  cipher.setAutoPadding(padded)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

type Row = Record<string, string | number | null | Uint8Array>

function writeFile(folder: string, file: BackedUpFile, keys: Keys | undefined): Row {
  const fileID = hash('sha1', `${file.domain}-${file.path}`)
  const key = keys && made(`file ${fileID}`, 32)
  mkdirSync(join(folder, fileID.slice(0, 2)), { recursive: true })
  writeFileSync(join(folder, fileID.slice(0, 2), fileID), key ? encrypt(file.bytes, key) : file.bytes)
  const record = recordOf(file, key && wrapped(3, keys!, key))
  return { fileID, domain: file.domain, relativePath: file.path, flags: 1, file: record }
}

function folderRow(domain: string, path: string): Row {
  const record = recordOf({ domain, path, bytes: Buffer.alloc(0) }, undefined)
  return { fileID: hash('sha1', `${domain}-${path}`), domain, relativePath: path, flags: 2, file: record }
}

/** An MBFile as NSKeyedArchiver writes it. */
function recordOf(file: BackedUpFile, encryptionKey: Buffer | undefined): Uint8Array {
  const modified = Math.floor((file.modifiedAt ?? Date.UTC(2026, 0, 2, 3, 4, 5)) / 1000)
  const uid = (index: number): PlistValue => ({ UID: index })
  const record: Record<string, PlistValue> = {
    $class: uid(3),
    Birth: modified - 60,
    Flags: 0,
    GroupID: 501,
    InodeNumber: 12345,
    LastModified: modified,
    LastStatusChange: modified,
    Mode: 33188,
    ProtectionClass: 3,
    RelativePath: uid(2),
    Size: file.bytes.length,
    UserID: 501,
  }
  if (encryptionKey) record.EncryptionKey = uid(4)
  const objects: PlistValue[] = [
    '$null',
    record,
    file.path,
    { $classes: ['MBFile', 'NSObject'], $classname: 'MBFile' },
  ]
  if (encryptionKey) {
    objects.push(
      { $class: uid(5), 'NS.data': encryptionKey },
      { $classes: ['NSMutableData', 'NSData', 'NSObject'], $classname: 'NSMutableData' },
    )
  }
  return buildBinary({
    $archiver: 'NSKeyedArchiver',
    $objects: objects,
    $top: { root: uid(1) },
    $version: 100000,
  })
}

export interface MadeDatabase {
  main: Buffer
  /** Undefined when all rows are in the main file. */
  wal: Buffer | undefined
}

/**
 * A database with these tables and rows. @param inWal leaves the rows in the -wal, the tables in the main file, as a running
 * phone's databases are copied.
 */
export function makeDatabase(
  tables: readonly string[],
  rows: Readonly<Record<string, readonly Row[]>>,
  inWal = false,
): MadeDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'sidekeep-made-db-'))
  try {
    const path = join(folder, 'made.db')
    const db = new DatabaseSync(path)
    // As Apple's own: a function that only the phone has stands in the schema.
    db.function('ab_generate_guid', () => 'guid')
    if (inWal) db.exec('PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0')
    for (const table of tables) db.exec(table)
    if (inWal) db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    db.exec('BEGIN')
    for (const [table, all] of Object.entries(rows)) {
      for (const row of all) {
        const names = Object.keys(row)
        const sql = `INSERT INTO "${table}" (${names.map((name) => `"${name}"`).join()}) VALUES (${names.map(() => '?').join()})`
        db.prepare(sql).run(...Object.values(row))
      }
    }
    db.exec('COMMIT')
    const wal = inWal ? readFileSync(`${path}-wal`) : undefined
    const main = readFileSync(path)
    db.close()
    return { main, wal }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The files of a database in a backup. */
export function databaseFiles(domain: string, path: string, { main, wal }: MadeDatabase): BackedUpFile[] {
  const files: BackedUpFile[] = [{ domain, path, bytes: main }]
  return wal ? [...files, { domain, path: `${path}-wal`, bytes: wal }] : files
}
