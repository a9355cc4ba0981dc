/**
 * Services whose addresses we know, and how their owners let us in. All addresses are as other programs' published settings have them
 * in November 2026; that Fastmail and Nextcloud want a password made for the app is what their own pages say, of iCloud it is what others
 * say. None was tried.
 */

export interface Preset {
  name: string
  /** Where to begin, for contacts and for calendars; null when only the owner knows. */
  servers: { contacts: string; calendar: string } | null
  /** Names below which the service's own servers are: they may be told the password as well. */
  domains: readonly string[]
  /** How to get the password that this service wants from programs. */
  steps: readonly string[]
}

/** By the word for it in settings. */
export const PRESETS = {
  icloud: {
    name: 'iCloud',
    servers: { contacts: 'https://contacts.icloud.com/', calendar: 'https://caldav.icloud.com/' },
    domains: ['icloud.com'],
    steps: [
      'Open account.apple.com and sign in.',
      'Choose Sign-In and Security, then App-Specific Passwords.',
      'Make one named Sidekeep, and enter it here with your Apple Account e-mail address.',
    ],
  },
  fastmail: {
    name: 'Fastmail',
    servers: { contacts: 'https://carddav.fastmail.com/', calendar: 'https://caldav.fastmail.com/' },
    domains: ['fastmail.com'],
    steps: [
      'Open Settings, Privacy & Security, then Manage app passwords.',
      'Make one with access to contacts and calendars.',
      'Enter it here with your full Fastmail address.',
    ],
  },
  nextcloud: {
    name: 'Nextcloud',
    servers: null,
    domains: [],
    steps: [
      'Open your Nextcloud in a browser: Settings, Security, Devices & sessions.',
      'Make a new app password named Sidekeep.',
      'Enter the address of your Nextcloud, your user name and that password here.',
    ],
  },
  mailboxorg: {
    name: 'mailbox.org',
    servers: { contacts: 'https://dav.mailbox.org/', calendar: 'https://dav.mailbox.org/' },
    domains: [],
    steps: [
      'Sign in at mailbox.org; in the settings, under security, make an app password for CardDAV and CalDAV.',
      'Enter your main mailbox.org address (no alias) and that password here.',
    ],
  },
  posteo: {
    name: 'Posteo',
    servers: { contacts: 'https://posteo.de:8843/', calendar: 'https://posteo.de:8443/' },
    domains: [],
    steps: [
      'In the settings of Posteo, see that the address book and the calendar may be synchronised.',
      'Enter your Posteo address and your usual password here.',
    ],
  },
  gmx: {
    name: 'GMX',
    servers: { contacts: 'https://carddav.gmx.net/', calendar: 'https://caldav.gmx.net/' },
    domains: ['gmx.net'],
    steps: [
      'In the settings of GMX’s calendar and address book, see that synchronising with other programs is allowed.',
      'With two-factor sign-in, make an application-specific password in My Account, Security.',
      'Enter your GMX address and that password (else your usual one) here.',
    ],
  },
  yahoo: {
    name: 'Yahoo',
    servers: {
      contacts: 'https://carddav.address.yahoo.com/',
      calendar: 'https://caldav.calendar.yahoo.com/',
    },
    domains: ['yahoo.com'],
    steps: [
      'Open your Yahoo account in a browser: Security, then Generate app password.',
      'Make one named Sidekeep, and enter it here with your Yahoo address.',
    ],
  },
  own: {
    name: 'Own server',
    servers: null,
    domains: [],
    steps: ['Enter the address of the server (https://…), your user name and your password here.'],
  },
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof PRESETS

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[]
