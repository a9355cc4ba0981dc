/** What this computer's file system refuses for one name, told from what goes wrong for all. */
import { Problem } from '../problem.ts'

/**
 * Why the system refused, in its words.
 * @throws the error, if it did not come from the system; Problem `disk-full`.
 */
export function refusalIn(error: unknown): string {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') {
    throw new Problem('disk-full', 'The disk is full.', 'Make room and start again.', { cause: error })
  }
  if (syscall === undefined) throw error
  return message
}
