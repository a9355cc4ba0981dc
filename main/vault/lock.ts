/** Locks: files that tell other programs, on this machine or another, that the vault is in use. */

/** Readers and appenders share; whoever removes anything must be alone. */
export type LockKind = 'shared' | 'exclusive'
