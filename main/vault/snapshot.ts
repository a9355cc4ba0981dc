/** Snapshots: small sealed documents that name a root tree, a time and an origin. */

export interface Snapshot {
  id: string
  /** RFC 3339 as stored, with its offset from UTC, which retention goes by. */
  time: string
  /** Id of the root tree. */
  tree: string
  paths: string[]
  hostname: string
  username: string
  tags: string[]
  /** Snapshot that this one was compared with. */
  parent: string | null
  /** First id of a snapshot that was saved anew since. */
  original: string | null
}

export interface SnapshotList {
  /** Oldest first. */
  snapshots: Snapshot[]
  unreadable: { id: string; reason: string }[]
}
