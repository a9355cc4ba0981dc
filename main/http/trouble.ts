/** What stands behind a request that failed, for every link that speaks HTTP: a client that left, the disk, or a mistake of ours. */
import type { IncomingMessage } from 'node:http'
import { Problem } from '../problem.ts'

// How Node says that the connection closed while, or before, an answer was written to it.
const ANSWER_NOT_TAKEN = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ABORT_ERR'])

/** Whether the client went away before it had sent or taken all. */
export function hasLeft(request: IncomingMessage, error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  return (request.destroyed && !request.complete) || ANSWER_NOT_TAKEN.has(code)
}

const SQLITE_FULL = 13
/** What node:sqlite says once the database is closed. */
const CLOSED = 'ERR_INVALID_STATE'

/** `passing` is trouble with the disk, or of any kind that a person may mend: what is asked again may work. */
export type Trouble = 'disk-full' | 'passing' | 'bug'

export function troubleOf(error: unknown): Trouble {
  const { code, errcode, syscall } = error as { code?: string; errcode?: number; syscall?: string }
  if ((error instanceof Problem && code === 'disk-full') || code === 'ENOSPC' || code === 'EDQUOT')
    return 'disk-full'
  if (errcode !== undefined) return (errcode & 0xff) === SQLITE_FULL ? 'disk-full' : 'passing'
  return error instanceof Problem || syscall !== undefined || code === CLOSED ? 'passing' : 'bug'
}
