/** The schema, step by step. Steps only ever go forward; before one runs on existing data, a copy is taken and checked. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Problem } from '../problem.ts'

/** One step of the schema; its place in the list + 1 is the version it leads to. Never edit a released step. */
export type Migration = { name: string; sql: string }

export const MIGRATIONS: readonly Migration[] = [
  {
    name: 'first schema',
    sql: `
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

      CREATE TABLE phones (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        user TEXT NOT NULL UNIQUE,
        platform TEXT NOT NULL CHECK (platform IN ('iphone', 'android', 'other')),
        added_at INTEGER NOT NULL,
        removed_at INTEGER
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE credentials (
        id INTEGER PRIMARY KEY,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        label TEXT NOT NULL,
        salt BLOB NOT NULL,
        hash BLOB NOT NULL,
        cost INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        first_used_at INTEGER,
        last_used_at INTEGER,
        revoked_at INTEGER
      ) STRICT;
      CREATE INDEX credentials_by_phone ON credentials(phone_id) WHERE revoked_at IS NULL;

      CREATE TABLE browser_sessions (
        hash TEXT PRIMARY KEY,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        opened_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE phone_services (
        phone_id TEXT NOT NULL REFERENCES phones(id),
        service TEXT NOT NULL CHECK (service IN ('contacts', 'calendar', 'photos', 'nextcloud')),
        first_seen_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        client TEXT,
        PRIMARY KEY (phone_id, service)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        kind TEXT NOT NULL CHECK (kind IN ('contacts', 'calendar', 'files')),
        name TEXT NOT NULL,
        origin TEXT NOT NULL DEFAULT 'ours',
        display_name TEXT NOT NULL,
        components TEXT NOT NULL DEFAULT '',
        made_seq INTEGER NOT NULL,
        forgotten_seq INTEGER NOT NULL DEFAULT 0,
        deleted_seq INTEGER
      ) STRICT;
      CREATE UNIQUE INDEX collections_by_name ON collections(phone_id, kind, name) WHERE deleted_seq IS NULL;

      CREATE TABLE photo_files (
        id INTEGER PRIMARY KEY,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        path TEXT NOT NULL UNIQUE,
        hash TEXT NOT NULL,
        size INTEGER NOT NULL,
        blobs TEXT,
        checksums TEXT NOT NULL DEFAULT ''
      ) STRICT;
      CREATE INDEX photo_files_by_hash ON photo_files(phone_id, hash);

      CREATE TABLE versions (
        seq INTEGER PRIMARY KEY,
        collection_id INTEGER NOT NULL REFERENCES collections(id),
        item_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        parent TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('contact', 'event', 'task', 'other', 'file', 'folder', 'gone')),
        uid TEXT,
        hash TEXT,
        size INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        at INTEGER NOT NULL,
        cause TEXT NOT NULL,
        until INTEGER,
        file_id INTEGER REFERENCES photo_files(id),
        body BLOB
      ) STRICT;
      CREATE UNIQUE INDEX versions_current ON versions(collection_id, name) WHERE until IS NULL;
      CREATE INDEX versions_changes ON versions(collection_id, seq) WHERE until IS NULL;
      CREATE INDEX versions_children ON versions(collection_id, parent, name, kind) WHERE until IS NULL AND kind <> 'gone';
      CREATE INDEX versions_gone ON versions(collection_id, at, seq) WHERE until IS NULL AND kind = 'gone';
      CREATE INDEX versions_uid ON versions(collection_id, uid) WHERE until IS NULL AND uid IS NOT NULL;
      CREATE INDEX versions_history ON versions(collection_id, name, seq);
      CREATE INDEX versions_past ON versions(until) WHERE until IS NOT NULL;
      CREATE INDEX versions_kept ON versions(seq)
        WHERE until IS NOT NULL AND (body IS NOT NULL OR file_id IS NOT NULL);
      CREATE INDEX versions_file ON versions(file_id) WHERE file_id IS NOT NULL;
      CREATE INDEX versions_folded ON versions(collection_id, lower(name)) WHERE until IS NULL AND kind IN ('file', 'folder');
      CREATE INDEX versions_restored ON versions(cause) WHERE cause LIKE 'restore:%';

      CREATE TABLE folder_totals (
        collection_id INTEGER NOT NULL REFERENCES collections(id),
        folder TEXT NOT NULL,
        newest_seq INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (collection_id, folder)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE chunked_uploads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        name TEXT NOT NULL,
        used_at INTEGER NOT NULL,
        UNIQUE (phone_id, name)
      ) STRICT;

      CREATE TABLE chunks (
        upload_id INTEGER NOT NULL REFERENCES chunked_uploads(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        file TEXT NOT NULL UNIQUE,
        PRIMARY KEY (upload_id, name)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE contact_index (
        seq INTEGER PRIMARY KEY REFERENCES versions(seq) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sort_name TEXT NOT NULL,
        organisation TEXT,
        phones TEXT NOT NULL,
        mails TEXT NOT NULL,
        is_group INTEGER NOT NULL,
        readable INTEGER NOT NULL
      ) STRICT;

      CREATE INDEX contact_index_by_name ON contact_index(sort_name, seq);

      CREATE TABLE event_index (
        seq INTEGER PRIMARY KEY REFERENCES versions(seq) ON DELETE CASCADE,
        component TEXT NOT NULL,
        title TEXT NOT NULL,
        place TEXT,
        starts_at INTEGER,
        ends_at INTEGER,
        all_day INTEGER NOT NULL,
        recurring INTEGER NOT NULL,
        readable INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE photo_index (
        seq INTEGER PRIMARY KEY REFERENCES versions(seq) ON DELETE CASCADE,
        media_type TEXT NOT NULL,
        taken_at INTEGER NOT NULL,
        taken_from TEXT NOT NULL,
        camera TEXT,
        width INTEGER,
        height INTEGER,
        latitude REAL,
        longitude REAL,
        content_id TEXT,
        burst_id TEXT,
        has_film INTEGER NOT NULL,
        has_maker_note INTEGER NOT NULL,
        place_emptied INTEGER NOT NULL,
        is_shrunk INTEGER NOT NULL,
        readable INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX photo_index_by_time ON photo_index(taken_at, seq);
      CREATE INDEX photo_index_by_content ON photo_index(content_id) WHERE content_id IS NOT NULL;

      CREATE TABLE properties (
        collection_id INTEGER NOT NULL REFERENCES collections(id),
        name TEXT NOT NULL,
        namespace TEXT NOT NULL,
        local TEXT NOT NULL,
        xml TEXT NOT NULL,
        PRIMARY KEY (collection_id, name, namespace, local)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE phone_properties (
        phone_id TEXT NOT NULL REFERENCES phones(id),
        place TEXT NOT NULL,
        namespace TEXT NOT NULL,
        local TEXT NOT NULL,
        xml TEXT NOT NULL,
        PRIMARY KEY (phone_id, place, namespace, local)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE backups (
        vault_id TEXT NOT NULL,
        snapshot_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        epoch TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (vault_id, snapshot_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE restores (
        id INTEGER PRIMARY KEY,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        undone_at INTEGER,
        detail TEXT NOT NULL
      ) STRICT;

      CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        link TEXT NOT NULL CHECK (link IN ('android', 'iphone', 'cloud')),
        source_id TEXT NOT NULL,
        name TEXT NOT NULL,
        phone_id TEXT NOT NULL REFERENCES phones(id),
        cursor TEXT,
        bound_at INTEGER NOT NULL,
        captured_at INTEGER,
        state TEXT NOT NULL,
        state_since INTEGER NOT NULL,
        installation TEXT,
        reset_at INTEGER,
        UNIQUE (link, source_id)
      ) STRICT;

      CREATE TABLE source_secrets (
        link TEXT NOT NULL,
        source_id TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (link, source_id, name)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE source_collections (
        source INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('contacts', 'calendar')),
        captured_id TEXT NOT NULL,
        collection_id INTEGER NOT NULL REFERENCES collections(id),
        vanished_at INTEGER,
        PRIMARY KEY (source, kind, captured_id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE source_files (
        source INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        name TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (source, path)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX source_files_by_name ON source_files(source, name);

      CREATE TABLE held_deletions (
        source INTEGER NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
        collection_id INTEGER NOT NULL REFERENCES collections(id),
        name TEXT NOT NULL,
        held_at INTEGER NOT NULL,
        PRIMARY KEY (source, collection_id, name)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        job TEXT NOT NULL,
        cause TEXT NOT NULL,
        due_at INTEGER,
        started_at INTEGER NOT NULL,
        ended_at INTEGER,
        result TEXT,
        detail TEXT NOT NULL DEFAULT '{}'
      ) STRICT;
      CREATE INDEX runs_by_job ON runs(job, id);
      CREATE INDEX runs_by_due ON runs(job, due_at) WHERE due_at IS NOT NULL;

      CREATE TABLE schedules (
        job TEXT PRIMARY KEY,
        plan TEXT NOT NULL,
        due_at INTEGER,
        attempt INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
    `,
  },
]

/**
 * Brings the open database to the newest version, one transaction per step.
 * Data of an older version is first copied to `before-version-N.db` in the folder, and the copy is read through.
 * @throws Problem `data-newer` when the file's version is above ours, `data-damaged` when the copy does not check out.
 */
export function migrate(raw: DatabaseSync, folder: string, steps: readonly Migration[] = MIGRATIONS): void {
  const version = schemaVersion(raw)
  if (version > steps.length) {
    throw new Problem(
      'data-newer',
      'A newer Sidekeep has written this data.',
      'Install the newest Sidekeep and open it with that; nothing was changed.',
    )
  }
  if (version === steps.length) return
  if (version > 0) takeCheckedCopy(raw, folder, version)
  for (let at = version; at < steps.length; at++) {
    raw.exec('BEGIN IMMEDIATE')
    try {
      raw.exec(steps[at]!.sql)
      raw.exec(`PRAGMA user_version = ${at + 1}`)
      raw.exec('COMMIT')
    } catch (error) {
      raw.exec('ROLLBACK')
      throw error
    }
  }
}

function schemaVersion(raw: DatabaseSync): number {
  return Number(raw.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}

// VACUUM INTO writes a whole, consistent file; SQLite syncs it before it returns.
function takeCheckedCopy(raw: DatabaseSync, folder: string, version: number): void {
  const copies = join(folder, 'before-upgrade')
  mkdirSync(copies, { recursive: true, mode: 0o700 })
  const path = join(copies, `version-${version}.db`)
  if (existsSync(path)) rmSync(path)
  raw.prepare('VACUUM INTO ?').run(path)
  const copy = new DatabaseSync(path, { readOnly: true })
  try {
    const check = copy.prepare('PRAGMA integrity_check').get()?.integrity_check
    const rows = (db: DatabaseSync) => db.prepare('SELECT count(*) AS n FROM versions').get()?.n
    if (check !== 'ok' || schemaVersion(copy) !== version || rows(copy) !== rows(raw)) {
      throw new Problem(
        'data-damaged',
        'The safety copy before the upgrade did not check out, so the upgrade was not begun.',
        'Make room on the disk or check it, then start Sidekeep again; your data is as it was.',
      )
    }
  } finally {
    copy.close()
  }
}
