/** Counts what a phone's syncs did; tests and the demo read it, also while a sync runs. */

export interface Tally {
  /** Items and photos the server took. */
  uploaded: number
  downloaded: number
  /** Deleted on the server because its owner deleted them on the phone. */
  deletedThere: number
  /** Removed from the phone because the server no longer has them. */
  deletedHere: number
  /** Local changes that gave way to the server's. */
  conflicts: number
  /** Changes the server would not take. */
  refused: number
}

export function newTally(): Tally {
  return { uploaded: 0, downloaded: 0, deletedThere: 0, deletedHere: 0, conflicts: 0, refused: 0 }
}
