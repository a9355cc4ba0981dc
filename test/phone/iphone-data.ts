/** What an iPhone's databases hold, as tables of several iOS versions, for the tests of the reader. */
import { type BackedUpFile, databaseFiles, type MadeDatabase, makeDatabase } from './iphone-backup.ts'

type Row = Record<string, string | number | null | Uint8Array>

/** Milliseconds since 1970 as Apple's seconds since 2001. */
export function apple(at: number): number {
  return at / 1000 - 978_307_200
}

/** `old` is about iOS 8, `new` about iOS 18. */
export type Schema = 'old' | 'new'

const NEW_PERSON = ', guid TEXT DEFAULT (ab_generate_guid()), PersonLink INTEGER, StoreReference INTEGER'

const ADDRESS_BOOK = (schema: Schema) => [
  `CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First TEXT, Last TEXT, Middle TEXT, FirstPhonetic TEXT, MiddlePhonetic TEXT,
    LastPhonetic TEXT, Organization TEXT, Department TEXT, Note TEXT, Kind INTEGER, Birthday TEXT, JobTitle TEXT, Nickname TEXT,
    Prefix TEXT, Suffix TEXT, CreationDate INTEGER, ModificationDate INTEGER, ExternalUUID TEXT, StoreID INTEGER
    ${schema === 'new' ? NEW_PERSON : ''})`,
  'CREATE TABLE ABMultiValue (UID INTEGER PRIMARY KEY, record_id INTEGER, property INTEGER, identifier INTEGER, label INTEGER, value TEXT)',
  'CREATE TABLE ABMultiValueLabel (value TEXT, UNIQUE(value))',
  'CREATE TABLE ABMultiValueEntryKey (value TEXT, UNIQUE(value))',
  'CREATE TABLE ABMultiValueEntry (parent_id INTEGER, key INTEGER, value TEXT, UNIQUE(parent_id, key))',
  'CREATE TABLE ABGroup (ROWID INTEGER PRIMARY KEY, Name TEXT, StoreID INTEGER)',
  'CREATE TABLE ABGroupMembers (UID INTEGER PRIMARY KEY, group_id INTEGER, member_type INTEGER, member_id INTEGER)',
  'CREATE TABLE ABStore (ROWID INTEGER PRIMARY KEY, Name TEXT, Type INTEGER)',
]

export const LABELS = [
  '_$!<Mobile>!$_',
  '_$!<Home>!$_',
  '_$!<Work>!$_',
  'iPhone',
  'Ferien, Haus',
  '_$!<Spouse>!$_',
  '_$!<Anniversary>!$_',
]
export const KEYS = ['Street', 'City', 'State', 'ZIP', 'Country', 'CountryCode', 'username', 'service', 'url']

export interface AddressBookRows {
  people: Row[]
  values?: Row[]
  entries?: Row[]
  groups?: Row[]
  members?: Row[]
  stores?: Row[]
}

export function makeAddressBook(schema: Schema, rows: AddressBookRows, inWal = false): MadeDatabase {
  return makeDatabase(
    ADDRESS_BOOK(schema),
    {
      ABPerson: rows.people,
      ABMultiValueLabel: LABELS.map((value) => ({ value })),
      ABMultiValueEntryKey: KEYS.map((value) => ({ value })),
      ABMultiValue: rows.values ?? [],
      ABMultiValueEntry: rows.entries ?? [],
      ABGroup: rows.groups ?? [],
      ABGroupMembers: rows.members ?? [],
      ABStore: rows.stores ?? [{ ROWID: 0, Name: null }],
    },
    inWal,
  )
}

export function makeImages(full: Row[], thumbnails: Row[] = []): MadeDatabase {
  return makeDatabase(
    [
      'CREATE TABLE ABFullSizeImage (ROWID INTEGER PRIMARY KEY, record_id INTEGER, crop_x INTEGER, data BLOB)',
      'CREATE TABLE ABThumbnailImage (ROWID INTEGER PRIMARY KEY, record_id INTEGER, format INTEGER, data BLOB)',
    ],
    { ABFullSizeImage: full, ABThumbnailImage: thumbnails },
  )
}

const NEW_ITEM =
  ', end_tz TEXT, privacy_level INTEGER, creation_date REAL, conference_url_detected TEXT, phantom_master INTEGER'

const CALENDAR = (schema: Schema) => [
  'CREATE TABLE Store (ROWID INTEGER PRIMARY KEY, name TEXT, type INTEGER)',
  'CREATE TABLE Calendar (ROWID INTEGER PRIMARY KEY, store_id INTEGER, title TEXT, color TEXT, UUID TEXT, external_id TEXT)',
  `CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, location_id INTEGER, description TEXT, start_date REAL,
    start_tz TEXT, end_date REAL, all_day INTEGER, calendar_id INTEGER, orig_item_id INTEGER, orig_date REAL, organizer_id INTEGER,
    status INTEGER, availability INTEGER, url TEXT, last_modified REAL, sequence_num INTEGER, birthday_id INTEGER, hidden INTEGER,
    has_recurrences INTEGER, unique_identifier TEXT, UUID TEXT, entity_type INTEGER, priority INTEGER, due_date REAL, due_tz TEXT,
    completion_date REAL ${schema === 'new' ? NEW_ITEM : ''})`,
  `CREATE TABLE Location (ROWID INTEGER PRIMARY KEY, title TEXT, ${schema === 'new' ? 'address TEXT,' : ''} latitude REAL, longitude REAL)`,
  `CREATE TABLE Recurrence (ROWID INTEGER PRIMARY KEY, frequency INTEGER, interval INTEGER, week_start INTEGER, count INTEGER,
    end_date REAL, specifier TEXT, by_month_months INTEGER, owner_id INTEGER)`,
  'CREATE TABLE ExceptionDate (ROWID INTEGER PRIMARY KEY, owner_id INTEGER, date REAL)',
  `CREATE TABLE Alarm (ROWID INTEGER PRIMARY KEY, trigger_date REAL, trigger_interval INTEGER, type INTEGER,
    ${schema === 'new' ? 'calendaritem_owner_id' : 'owner_id'} INTEGER, proximity INTEGER)`,
  `CREATE TABLE Participant (ROWID INTEGER PRIMARY KEY, entity_type INTEGER, status INTEGER, role INTEGER, identity_id INTEGER,
    owner_id INTEGER, email TEXT)`,
  'CREATE TABLE Identity (ROWID INTEGER PRIMARY KEY, display_name TEXT, address TEXT)',
]

export type CalendarRows = Partial<
  Record<
    | 'Store'
    | 'Calendar'
    | 'CalendarItem'
    | 'Location'
    | 'Recurrence'
    | 'ExceptionDate'
    | 'Alarm'
    | 'Participant'
    | 'Identity',
    Row[]
  >
>

export function makeCalendars(schema: Schema, rows: CalendarRows, inWal = false): MadeDatabase {
  const home = {
    Store: [{ ROWID: 1, name: 'Default', type: 0 }],
    Calendar: [{ ROWID: 1, store_id: 1, title: 'Home', UUID: 'CAL-1' }],
  }
  return makeDatabase(CALENDAR(schema), { ...home, ...rows }, inWal)
}

export interface PhotoRow {
  directory: string
  filename: string
  original?: string
  trashed?: boolean
  hidden?: boolean
  /** Milliseconds since 1970. */
  takenAt?: number
}

/** Before iOS 14 the table had another name. */
export function makePhotos(schema: Schema, photos: readonly PhotoRow[]): MadeDatabase {
  const assets = schema === 'new' ? 'ZASSET' : 'ZGENERICASSET'
  return makeDatabase(
    [
      `CREATE TABLE ${assets} (Z_PK INTEGER PRIMARY KEY, ZDIRECTORY TEXT, ZFILENAME TEXT, ZDATECREATED REAL, ZTRASHEDSTATE INTEGER,
        ZHIDDEN INTEGER, ZADDITIONALATTRIBUTES INTEGER)`,
      'CREATE TABLE ZADDITIONALASSETATTRIBUTES (Z_PK INTEGER PRIMARY KEY, ZASSET INTEGER, ZORIGINALFILENAME TEXT)',
    ],
    {
      [assets]: photos.map((photo, index) => ({
        Z_PK: index + 1,
        ZDIRECTORY: photo.directory,
        ZFILENAME: photo.filename,
        ZDATECREATED: apple(photo.takenAt ?? Date.UTC(2025, 5, 1)),
        ZTRASHEDSTATE: photo.trashed ? 1 : 0,
        ZHIDDEN: photo.hidden ? 1 : 0,
        ZADDITIONALATTRIBUTES: index + 1,
      })),
      ZADDITIONALASSETATTRIBUTES: photos.map((photo, index) => ({
        Z_PK: index + 1,
        ZASSET: index + 1,
        ZORIGINALFILENAME: photo.original ?? photo.filename,
      })),
    },
  )
}

export interface PhoneData {
  addressBook?: MadeDatabase
  images?: MadeDatabase
  calendar?: MadeDatabase
  photos?: MadeDatabase
}

/** The databases at their places in a backup. */
export function phoneFiles({ addressBook, images, calendar, photos }: PhoneData): BackedUpFile[] {
  const place = (domain: string, path: string, database: MadeDatabase | undefined) =>
    database ? databaseFiles(domain, path, database) : []
  return [
    ...place('HomeDomain', 'Library/AddressBook/AddressBook.sqlitedb', addressBook),
    ...place('HomeDomain', 'Library/AddressBook/AddressBookImages.sqlitedb', images),
    ...place('HomeDomain', 'Library/Calendar/Calendar.sqlitedb', calendar),
    ...place('CameraRollDomain', 'Media/PhotoData/Photos.sqlite', photos),
  ]
}
