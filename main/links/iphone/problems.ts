/** What can be wrong with a backup, in sentences. */
import { Problem } from '../../problem.ts'

/** @param detail a sentence on what is wrong. */
export function damagedBackup(detail: string, cause?: unknown): Problem {
  return new Problem(
    'data-damaged',
    `This iPhone backup can’t be read: ${detail.charAt(0).toLowerCase()}${detail.slice(1)}`,
    'Make a new backup of the phone. What was read from earlier ones is kept.',
    { cause },
  )
}

/** One file of a backup, which leaves the others as they are. @param sentence what is wrong with it. */
export function damagedFile(sentence: string): Problem {
  return new Problem(
    'data-damaged',
    sentence,
    'Make a new backup of the phone; the next capture reads it again.',
  )
}

export function passwordNeeded(): Problem {
  return new Problem(
    'wrong-password',
    'This iPhone backup is encrypted, and its password is not known.',
    'Enter the password that was set when encryption of local backups was switched on.',
  )
}
