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
  favourite?: boolean
  /** Milliseconds since 1970. */
  takenAt?: number
}

export interface AlbumRow {
  name: string
  /** Index of the folder that it lies in, in the same list; left out for the root. */
  folder?: number
  /** Indexes of its photos, in the album's own order; left out for a folder. */
  photos?: readonly number[]
  /** As `ZKIND`, where it is neither an album of its owner's nor a folder. */
  kind?: number
  trashed?: boolean
}

/** How versions of iOS name the table of photos, and number the entities of albums and photos; `old` is before iOS 14. */
const PHOTO_TABLES: Record<Schema, { assets: string; albums: number; photos: number }> = {
  old: { assets: 'ZGENERICASSET', albums: 26, photos: 34 },
  new: { assets: 'ZASSET', albums: 30, photos: 3 },
}
const FIRST_ALBUM = 10

/** @param albums in a library that has any. */
export function makePhotos(
  schema: Schema,
  photos: readonly PhotoRow[],
  albums?: readonly AlbumRow[],
): MadeDatabase {
  const numbered = PHOTO_TABLES[schema]
  const joined = `Z_${numbered.albums}ASSETS`
  const [album, photo] = [`Z_${numbered.albums}ALBUMS`, `Z_${numbered.photos}ASSETS`]
  const order = `Z_FOK_${numbered.photos}ASSETS`
  const albumTables = [
    'CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME TEXT, Z_SUPER INTEGER, Z_MAX INTEGER)',
    `CREATE TABLE ZGENERICALBUM (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZKIND INTEGER, ZTITLE TEXT, ZPARENTFOLDER INTEGER,
      ZTRASHEDSTATE INTEGER, ZUUID TEXT)`,
    `CREATE TABLE ${joined} (${album} INTEGER, ${photo} INTEGER, ${order} INTEGER, PRIMARY KEY (${album}, ${photo}))`,
    // Other things have such tables too.
    'CREATE TABLE Z_1KEYWORDS (Z_1ASSETATTRIBUTES INTEGER, Z_40KEYWORDS INTEGER)',
  ]
  const root = { Z_PK: 1, Z_ENT: 0, ZKIND: 3999, ZTITLE: null, ZPARENTFOLDER: null, ZTRASHEDSTATE: 0 }
  const albumRows = (all: readonly AlbumRow[]) => ({
    Z_PRIMARYKEY: [
      { Z_ENT: numbered.albums - 1, Z_NAME: 'GenericAlbum', Z_SUPER: 0 },
      { Z_ENT: numbered.albums, Z_NAME: 'Album', Z_SUPER: numbered.albums - 1 },
      { Z_ENT: numbered.photos, Z_NAME: schema === 'new' ? 'Asset' : 'GenericAsset', Z_SUPER: 0 },
    ],
    ZGENERICALBUM: [
      root,
      ...all.map(({ name, folder, photos: held, kind, trashed }, index) => ({
        Z_PK: FIRST_ALBUM + index,
        Z_ENT: numbered.albums,
        ZKIND: kind ?? (held ? 2 : 4000),
        ZTITLE: name,
        ZPARENTFOLDER: folder === undefined ? root.Z_PK : FIRST_ALBUM + folder,
        ZTRASHEDSTATE: trashed ? 1 : 0,
      })),
    ],
    [joined]: all.flatMap(({ photos: held = [] }, index) =>
      held
        .map((one, place) => ({ [album]: FIRST_ALBUM + index, [photo]: one + 1, [order]: place * 1024 }))
        .reverse(),
    ),
  })
  return makeDatabase(
    [
      `CREATE TABLE ${numbered.assets} (Z_PK INTEGER PRIMARY KEY, ZDIRECTORY TEXT, ZFILENAME TEXT, ZDATECREATED REAL,
        ZTRASHEDSTATE INTEGER, ZHIDDEN INTEGER, ZFAVORITE INTEGER, ZADDITIONALATTRIBUTES INTEGER)`,
      'CREATE TABLE ZADDITIONALASSETATTRIBUTES (Z_PK INTEGER PRIMARY KEY, ZASSET INTEGER, ZORIGINALFILENAME TEXT)',
      ...(albums ? albumTables : []),
    ],
    {
      [numbered.assets]: photos.map((one, index) => ({
        Z_PK: index + 1,
        ZDIRECTORY: one.directory,
        ZFILENAME: one.filename,
        ZDATECREATED: apple(one.takenAt ?? Date.UTC(2025, 5, 1)),
        ZTRASHEDSTATE: one.trashed ? 1 : 0,
        ZHIDDEN: one.hidden ? 1 : 0,
        ZFAVORITE: one.favourite ? 1 : 0,
        ZADDITIONALATTRIBUTES: index + 1,
      })),
      ZADDITIONALASSETATTRIBUTES: photos.map((one, index) => ({
        Z_PK: index + 1,
        ZASSET: index + 1,
        ZORIGINALFILENAME: one.original ?? one.filename,
      })),
      ...(albums ? albumRows(albums) : {}),
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
