/** Every sentence of the phone's pages. A second language is a second object of the same shape. */
import { formatBytes, formatCount } from './format.ts'
import { photos } from './words/photos.ts'
import { setup } from './words/setup.ts'
import { files, several } from './words/several.ts'

const lists = new Intl.ListFormat('en-GB', { type: 'conjunction' })

const english = {
  app: 'Sidekeep',
  count: formatCount,
  list: (parts: readonly string[]) => lists.format(parts),
  titles: {
    home: 'Home',
    pair: 'Pair this phone',
    setup: 'Set up',
    photos: 'Photos',
    send: 'Contacts and calendars',
    safe: 'What is safe',
    back: 'Get it back',
    phone: 'This phone',
    allow: 'Let an app in',
  },
  navigation: { label: 'Main', home: 'Home', photos: 'Photos', back: 'Get back', phone: 'Phone' },
  skip: 'Skip to the page',
  again: 'Try again',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  show: 'Show',
  hide: 'Hide',
  loading: 'Loading',
  offline: 'Your computer can’t be reached. This page goes on by itself when it is back.',
  offlineHelp: 'Is the phone on the same Wi-Fi, and the computer awake?',

  problems: {
    signedOut: {
      sentence: 'This browser is not paired with the computer any more.',
      next: 'Pair the phone again with the code that your computer shows.',
    },
    misfit: {
      code: 'misfit',
      sentence: 'This page is older or newer than the program on the computer.',
      next: 'Close the page and open it again.',
    },
    missing: {
      code: 'not-found',
      sentence: 'That is not there any more.',
      next: 'Go back and choose again.',
    },
    tooLarge: {
      code: 'too-large',
      sentence: 'That is larger than the computer takes.',
      next: 'Send it in smaller parts.',
    },
    unknown: (status: number) => ({
      code: 'unknown',
      sentence: `Something went wrong on the computer (${status}).`,
      next: 'Try again. If it stays, look at Sidekeep on the computer.',
    }),
    unforeseen: {
      code: 'unforeseen',
      sentence: 'Something went wrong in this page.',
      next: 'Close the page and open it again.',
    },
  },

  pair: {
    ask: 'Scan the code that your computer shows with this phone’s camera. Or type the letters that stand below it.',
    field: 'Code from the computer',
    go: 'Go on',
    claiming: 'Talking to your computer…',
    compare: 'Does your computer show the same number?',
    codeLabel: 'Check code',
    why: 'The same number on both shows that nobody is in between. If it is another one, say no on the computer.',
    confirm: 'Say yes on the computer, and this page goes on.',
    waiting: 'Waiting for your computer…',
    refused: { sentence: 'The computer said no.', next: 'Show a new code on the computer and scan it.' },
    expired: {
      sentence: 'The code is over: it lasts ten minutes and works once.',
      next: 'Show a new code on the computer and scan it.',
    },
    another: 'Use another code',
  },

  setup,

  home: {
    kept: (list: string) => `Your computer keeps ${list} of this phone.`,
    nothing:
      'Your computer keeps nothing of this phone yet. Begin with the photos, or set up contacts and calendars.',
    backup: (moment: string) => `Last backup: ${moment}.`,
    backupNotWhole: (moment: string) =>
      `Last backup: ${moment}, and not everything could be read. Look at the computer.`,
    noBackup: 'No backup yet.',
    tiles: {
      photos: { title: 'Photos', text: 'Send photos and films to your computer' },
      send: { title: 'Contacts and calendars', text: 'Send a file, or choose contacts' },
      safe: { title: 'What is safe', text: 'What your computer keeps, and since when' },
      back: { title: 'Get it back', text: 'On a new phone, or after a reset' },
      setup: { title: 'Set up apps', text: 'So that all goes by itself' },
    },
    uploading: (settled: number, all: number) =>
      `Sending: ${formatCount(settled)} of ${formatCount(all)} done`,
  },

  kinds: {
    contacts: (count: number) => several(count, 'contact', 'contacts'),
    events: (count: number) => several(count, 'event', 'events'),
    tasks: (count: number) => several(count, 'task', 'tasks'),
    photos: (count: number) => several(count, 'photo or film', 'photos and films'),
  },

  photos,

  upload: {
    notReadable: {
      sentence: 'The phone does not let this page read the file.',
      next: 'Choose it again. If it lies in a cloud, let the phone load it first.',
    },
    notStored: {
      sentence: 'Reading it back from the computer’s disk did not give the same file.',
      next: 'Try again; if it stays, look after the computer’s disk.',
    },
    unforeseen: { sentence: 'Something went wrong in this page.', next: 'Try again.' },
  },

  /** Rounded up, so that it is never less than what is left. */
  left: (seconds: number) => {
    if (seconds < 60) return 'less than a minute left'
    const minutes = Math.ceil(seconds / 60)
    if (minutes < 60) return `about ${several(minutes, 'minute', 'minutes')} left`
    const tens = Math.ceil(minutes / 10)
    const rest = tens % 6 === 0 ? '' : ` ${(tens % 6) * 10} min`
    return `about ${formatCount(Math.floor(tens / 6))} h${rest} left`
  },

  send: {
    kind: {
      contacts: {
        title: 'Contacts',
        text: 'A file ending in .vcf, as the contacts app exports it: any version, any number of contacts.',
        choose: 'Choose a .vcf file',
      },
      calendar: {
        title: 'Calendars',
        text: 'A file ending in .ics, as calendar apps export it.',
        choose: 'Choose an .ics file',
      },
    },
    pick: 'Choose contacts',
    pickText: 'Or choose them one by one from this phone.',
    sending: (name: string) => `Sending ${name}`,
    reading: (name: string) => `${name} has arrived. Your computer is sorting it in…`,
    nothingPicked: 'No contact was chosen.',
    done: (name: string) => `${name} is on your computer`,
    contactList: 'Your contacts',
    added: (count: number) => `${formatCount(count)} new`,
    changed: (count: number) => `${formatCount(count)} changed`,
    unchanged: (count: number) => `${formatCount(count)} there already`,
    unreadable: (count: number) =>
      `${formatCount(count)} could not be read by Sidekeep. ${count === 1 ? 'It is' : 'They are'} kept as sent.`,
    nothing: 'There was nothing in it.',
    empty: 'This file is empty.',
    emptyNext: 'Export it again and choose the new file.',
  },

  safe: {
    lead: (name: string) => `What your computer keeps of ${name}`,
    kind: { contacts: 'Contacts', events: 'Events', tasks: 'Tasks', photos: 'Photos and films' },
    since: (day: string) => `since ${day}`,
    none: 'None yet',
    backup: 'Last backup',
    backupText: 'A backup is a second copy that goes back in time.',
    whole: 'Everything was stored.',
    notWhole: 'Not everything could be read. Look at Sidekeep on the computer.',
    noBackup: 'No backup yet',
    noBackupText:
      'There is one copy on the computer now. A backup follows by itself; you can also start one there.',
  },

  back: {
    lead: 'Take all or some of it. Nothing is deleted or changed by looking.',
    moment: 'As it was',
    now: 'Now',
    point: (moment: string, contacts: number, events: number, count: number) =>
      `${moment}: ${several(contacts, 'contact', 'contacts')}, ${several(events, 'event', 'events')}, ${several(count, 'photo', 'photos')}`,
    noPoints: 'There is no backup yet, so only today’s state can be chosen.',
    apps: 'With the apps set up, contacts and calendars come back by themselves. Otherwise take the files here and open them on the phone.',
    contacts: 'Contacts',
    contactsGet: (count: number) => `Get ${several(count, 'contact', 'contacts')} (.vcf)`,
    contactsNone: 'No contacts at that moment.',
    calendars: 'Calendars',
    calendarGet: (name: string, count: number) =>
      `Get “${name}”, ${several(count, 'entry', 'entries')} (.ics)`,
    calendarsNone: 'No calendars at that moment.',
    photos: 'Photos and films',
    photosNone: 'No photos at that moment.',
    photo: (name: string, moment: string) => `${name}, ${moment}`,
    companions: (count: number) => `with ${several(count, 'more file', 'more files')}`,
    film: 'Film',
    selectAll: 'Choose all',
    selectNone: 'Choose none',
    more: 'Show more',
    shown: (count: number, all: number) => `${formatCount(count)} of ${formatCount(all)} shown`,
    chosen: (count: number) => `${formatCount(count)} chosen`,
    chosenBytes: (count: number, bytes: number) => `${formatCount(count)} chosen, ${formatBytes(bytes)}`,
    zip: 'Get as one file',
    zipReady: (count: number, bytes: number) =>
      `${files(count)}, ${formatBytes(bytes)}: the download has begun. It comes as a .zip.`,
    zipMissing: (count: number) =>
      `${files(count)} can’t be read on the computer. MISSING.txt in the .zip names them.`,
    share: 'One by one',
    shareTitle: 'One by one',
    shareNext: (name: string) => `Share ${name}`,
    sharePreparing: (name: string) => `Loading ${name}…`,
    shareStep: (at: number, all: number) => `${formatCount(at)} of ${formatCount(all)}`,
    shareHint: 'Choose “Save” in the list that opens.',
    shareSkip: 'Skip',
    shareDone: 'All of them have been handed over.',
    shareStop: 'Stop',
    shareRefused: (name: string) => `The phone did not take ${name}. Skip it and get it as one file instead.`,
    selection: 'Chosen photos',
  },

  allow: {
    title: 'Let an app in?',
    ask: (client: string) => `${client} asks to store files on your computer, as this phone.`,
    warn: 'Only allow it if you have just started this yourself, in the app.',
    yes: 'Allow',
    no: 'Not now',
    done: 'Done. Go back to the app; it goes on by itself.',
    declined: 'Nothing was allowed. You can close this page.',
    unpaired: 'Pair this phone first, then start again in the app.',
  },

  phone: {
    name: 'Name',
    user: 'User name',
    install: 'Keep this page at hand',
    installButton: 'Add to the home screen',
    installIphone: 'In Safari, tap Share and then “Add to Home Screen”.',
    installOther: 'In the browser’s menu, tap “Add to Home screen” or “Install app”.',
    setup: 'Set up apps',
    fingerprint: 'Fingerprint of your computer’s certificate (SHA-256)',
    leave: 'Leave',
    leaveText: 'This browser forgets the computer. Apps go on, and everything stays on the computer.',
    leaveAsk: 'Leave? To come back, you scan a new code on the computer.',
    leaveYes: 'Leave',
    leaveNo: 'Stay',
    left: 'This browser has left. Everything stays on your computer.',
  },
}

export type Words = typeof english

export const words: Words = english
