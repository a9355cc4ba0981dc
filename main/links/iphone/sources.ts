/** An iPhone as a source: its newest backup on this computer, the phone itself on its cable, or both. */
import type { Ability, DataKind, Source, SourceState } from '../link.ts'
import type { BackupFolder } from './backup-folder.ts'
import type { ConnectedPhone } from './connected/phones.ts'

/** What is known of one iPhone; at least one of both is there. */
export interface KnownPhone {
  backup: BackupFolder | undefined
  phone: ConnectedPhone | undefined
}

/** By the phones' ids: the newest backup of each, for iTunes sets old ones aside beside it, and the phones on a cable. */
export function knownPhones(
  backups: readonly BackupFolder[],
  phones: readonly ConnectedPhone[],
): Map<string, KnownPhone> {
  const known = new Map<string, KnownPhone>()
  for (const backup of backups) {
    if (!known.has(backup.udid)) known.set(backup.udid, { backup, phone: undefined })
  }
  for (const phone of phones) {
    const id = idOf(phone)
    known.set(id, { backup: known.get(id)?.backup, phone })
  }
  return known
}

/** One spelling for backup and phone. */
export function idOf({ udid }: ConnectedPhone): string {
  return udid.toUpperCase()
}

/**
 * @param during what the phone is doing just now, when that is something.
 * @param isDue whether a new backup is due: like one that is made, that is news, by which it is captured.
 */
export function sourceOf(
  id: string,
  known: KnownPhone,
  { during, isDue }: { during: SourceState | undefined; isDue: boolean },
): Source {
  const { backup, phone } = known
  return {
    ...{ link: 'iphone', id, name: phone?.name ?? backup?.name ?? 'iPhone' },
    edition: `${backup?.takenAt ?? 'none'}${isDue ? ' due' : ''}`,
    state: during ?? stateOf(known),
    abilities: ABILITIES,
  }
}

const PASSWORD =
  'Enter the password that was set when encryption of local backups was switched on. It may differ from the passcode.'

function stateOf({ backup, phone }: KnownPhone): SourceState {
  const isReadable = backup !== undefined && backup.fault === undefined
  // A phone that lets us in makes the next backup when it is read, whatever is wrong with the last.
  if (phone && !phone.obstacle) return connectedState(phone, isReadable && backup.isEncrypted)
  const { obstacle } = phone ?? {}
  if (!backup) return obstacle!
  const state = backupState(backup)
  return obstacle
    ? { ...state, next: [state.next, obstacle.sentence, obstacle.next].join(' ').trim() }
    : state
}

function connectedState({ encrypts }: ConnectedPhone, wasEncrypted: boolean): SourceState {
  if (encrypts ?? wasEncrypted) {
    return {
      code: 'password-needed',
      sentence: 'The iPhone is connected, and its backups are encrypted.',
      next: PASSWORD,
    }
  }
  return {
    code: 'ready',
    sentence: 'The iPhone is connected; its backups are not encrypted.',
    next: 'Switch “Encrypt local backup” on in Finder or iTunes, or here: links connect iphone encryption=on',
  }
}

function backupState({ fault, isEncrypted }: BackupFolder): SourceState {
  if (fault !== undefined) {
    return {
      code: 'unfinished',
      sentence: `The newest backup of this iPhone can’t be read: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`,
      next: 'Let the backup run to its end, or make a new one.',
    }
  }
  if (isEncrypted) {
    return {
      code: 'password-needed',
      sentence: 'The backup of this iPhone is encrypted.',
      next: PASSWORD,
    }
  }
  return { code: 'ready', sentence: 'The backup of this iPhone can be read.', next: '' }
}

export const WAITING: SourceState = {
  code: 'passcode-needed',
  sentence: 'The iPhone waits for its passcode before it makes a backup.',
  next: 'Type the passcode on your iPhone.',
}

export const BACKING_UP: SourceState = {
  code: 'busy',
  sentence: 'The iPhone is just making its backup.',
  next: 'Leave it connected until it is done.',
}

const WRITE_ELSEWHERE = 'Read only: it comes back by the phone’s account at Sidekeep.'
const ABILITIES: Record<DataKind, Ability> = {
  contacts: { read: true, write: false, limit: WRITE_ELSEWHERE },
  calendar: {
    read: true,
    write: false,
    limit: `${WRITE_ELSEWHERE} Subscribed calendars and birthdays are left out.`,
  },
  photos: {
    read: true,
    write: false,
    limit: 'Read only. Photos of which the original is only in iCloud are not in a backup.',
  },
}

/** macOS shows backups to nobody without Full Disk Access. */
export function forbiddenSource(place: string): Source {
  const none = { read: false, write: false, limit: 'The folder may not be read.' }
  return {
    link: 'iphone',
    id: `folder:${place}`,
    name: 'iPhone backups',
    state: {
      code: 'forbidden',
      sentence: `The folder of iPhone backups (${place}) may not be read.`,
      next: 'On a Mac, give Sidekeep Full Disk Access in System Settings, Privacy & Security.',
    },
    abilities: { contacts: none, calendar: none, photos: none },
  }
}
