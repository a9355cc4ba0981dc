/** Every sentence of the phone's pages. A second language is a second object of the same shape. */
import type { Doubt } from '../../preload/portal.ts'
import { formatBytes, formatCount } from './format.ts'

const several = (count: number, one: string, many: string) =>
  `${formatCount(count)} ${count === 1 ? one : many}`
const files = (count: number) => several(count, 'file', 'files')
const photos = (count: number) => several(count, 'photo or film', 'photos and films')

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

  setup: {
    lead: {
      iphone: 'Three steps, and this iPhone’s contacts and calendars are kept on your computer.',
      android: 'Choose what to keep safe. Each takes a minute, and you can come back later.',
      other: 'Use these details in any app for contacts, calendars or files.',
    },
    on: 'Go on to photos',
    password: 'Password',
    user: 'User name',
    server: 'Server',
    carddav: 'Address for contacts (CardDAV)',
    caldav: 'Address for calendars (CalDAV)',
    files: 'Address for photos and files (WebDAV)',
    passwordOnce: 'The password is shown for a short time only. Apps keep it; you need not.',
    passwordGone: 'The password was shown before and is kept nowhere in clear.',
    renew: 'Make a new password',
    renewAsk:
      'Make a new password? Apps that are set up go on with theirs. One that was shown and never used stops working.',
    renewYes: 'Make a new one',
    renewNo: 'Keep the old one',
    checks: 'Does it work?',
    checksLead: 'Lights up by itself as soon as an app of this phone has signed in.',
    service: {
      contacts: 'Contacts',
      calendar: 'Calendars',
      photos: 'Photos by an app',
      nextcloud: 'Nextcloud app',
    },
    seen: (moment: string, client: string | null) =>
      `Works. Seen ${moment}${client === null ? '' : `, ${client}`}`,
    notSeen: 'Nothing seen yet',
    wrongTitle: 'Nothing happens?',
    wrong: {
      title: {
        unreached: 'This phone does not reach your computer',
        distrusted: (moment: string) => `${moment}: an app did not trust your computer, and left`,
      },
      notTrusted: {
        iphone:
          'Not trusted: the computer’s certificate is installed, but not switched on in Certificate Trust Settings.',
        android:
          'Not trusted: the computer’s certificate is not installed on this phone yet, or the app wants to be told. Open it, and let it trust the certificate.',
        other: 'Not trusted: the computer’s certificate is not installed on this device yet.',
      },
      wifi: 'Wrong network: the phone must be on the same Wi-Fi as the computer, and not in a guest network.',
      firewall: 'Firewall: the computer asks whether Sidekeep may be reached from the network. Allow it.',
      notSetUp: 'Not set up yet: the app has no account for Sidekeep, or has not synchronised since.',
    },
    iphone: {
      download: '1. Get the profile',
      downloadText: 'The phone asks whether this site may download a profile. Tap Allow, then Close.',
      downloadButton: 'Get the profile',
      install: '2. Install it',
      installText:
        'Open Settings. Tap “Profile Downloaded” near the top, then Install, and type your phone’s code. It says “Not Signed”, because you made it yourself, on your computer.',
      trust: '3. Check that it is trusted',
      trustText:
        'Once for this computer: Settings, General, About, and at the very end Certificate Trust Settings. Switch on the one that begins with “Sidekeep”.',
      fingerprint: 'To be sure, compare its fingerprint (SHA-256):',
      picture: {
        install: 'Settings with the line Profile Downloaded, and Install at the top right of the next page',
        trust: 'Certificate Trust Settings with the switch beside Sidekeep turned on',
        settings: 'Settings',
        downloaded: 'Profile Downloaded',
        installProfile: 'Install Profile',
        installWord: 'Install',
        trustSettings: 'Certificate Trust Settings',
        root: 'Sidekeep on …',
      },
    },
    android: {
      contacts: 'Contacts and calendars',
      contactsText:
        'With the free app DAVx5. It keeps this phone’s own contacts and calendars app in step with your computer.',
      davx5: 'Set up DAVx5',
      noDavx5: 'Nothing opens? Install DAVx5 first:',
      afterDavx5:
        'In DAVx5, tick your address book and calendar, then move or copy your contacts to that account.',
      photos: 'Photos, by themselves',
      photosText: 'The Nextcloud app sends new photos with every detail, also when this page is closed.',
      nextcloud: 'Set up the Nextcloud app',
      noNextcloud: 'Nothing opens? Install the Nextcloud app first:',
      afterNextcloud: 'In the app: Settings, Auto upload, and choose your camera folder.',
      others: 'PhotoSync, FolderSync and other apps',
      othersText: 'Choose WebDAV in the app and copy these details.',
      play: 'Google Play',
      fdroid: 'F-Droid',
    },
    otherApps: 'Details for other apps',
  },

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
    photos,
  },

  photos: {
    lead: 'Choose as many as you like, also all. What the computer has already is not sent again.',
    fromPhotos: 'From Photos',
    fromFiles: 'From Files',
    current:
      'In the picker, tap Options and choose “Current”, so that the originals come and not smaller copies.',
    filesHint: '“From Files” hands over files exactly as they are.',
    notPhotos: (count: number) => `${files(count)} left out: neither photo nor film.`,
    nothingNew: 'These are in the list already.',
    progress: 'Progress',
    activity: {
      empty: '',
      comparing: 'Comparing with your computer',
      sending: 'Sending',
      checking: 'Reading back from the computer’s disk',
      paused: 'Paused',
      'no-network': 'Waiting for the computer',
      done: 'Done',
    },
    counts: (settled: number, all: number) => `${formatCount(settled)} of ${files(all)}`,
    bytes: (done: number, all: number) => `${formatBytes(done)} of ${formatBytes(all)}`,
    keepOpen: 'Keep this page open. If the phone is locked, it goes on when you come back.',
    noNetwork: 'Nothing is lost: it goes on by itself from where it was.',
    pause: 'Pause',
    resume: 'Go on',
    cancelAll: 'Stop all',
    cancelAsk: 'Stop sending? What has been stored stays stored.',
    cancelYes: 'Stop',
    cancelNo: 'Go on sending',
    cancelOne: (name: string) => `Leave out ${name}`,
    retryOne: (name: string) => `Try ${name} again`,
    retryAll: 'Try all again',
    now: 'On their way',
    failed: 'Not stored',
    next: 'Waiting',
    done: 'Done',
    more: (count: number) => `and ${formatCount(count)} more`,
    stage: {
      waiting: 'Waiting',
      hashing: 'Comparing',
      hashed: 'Comparing',
      ready: 'Waiting',
      sending: 'Sending',
      sent: 'Sent, to be read back',
      stored: 'Stored and read back',
      known: 'Already there',
      failed: 'Not stored',
    },
    summary: {
      good: 'All of it is on your computer.',
      some: 'Some files are not on your computer.',
      stored: (count: number) => `${files(count)} stored, read back from the disk and compared`,
      known: (count: number) => `${files(count)} there already`,
      failed: (count: number) => `${files(count)} not stored`,
    },
    doubt: {
      converted: (count: number) =>
        `${files(count)} came as JPEG where the phone most likely has a HEIC original.`,
      'place-removed': (count: number) =>
        `${files(count)} came without the place where ${count === 1 ? 'it was' : 'they were'} taken.`,
      'film-missing': (count: number) =>
        `${several(count, 'Live Photo', 'Live Photos')} came without the film.`,
      reduced: (count: number) => `${files(count)} may be smaller than the original.`,
    } satisfies Record<Doubt, (count: number) => string>,
    doubtTitle: 'Perhaps not the originals',
    doubtWays:
      'They are kept. Originals come by the Nextcloud app, by PhotoSync, by cable, or from an iPhone backup on the computer; both are then kept and shown as one.',
    leaving: 'Photos are still being sent.',
    alone: 'Would you rather have new photos sent by themselves?',
    aloneLink: 'Set up an app for it',
  },

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
    contacts: 'Contacts',
    contactsText:
      'A file ending in .vcf, as the contacts app exports it: any version, any number of contacts.',
    contactsFile: 'Choose a .vcf file',
    pick: 'Choose contacts',
    pickText: 'Or choose them one by one from this phone.',
    calendars: 'Calendars',
    calendarsText: 'A file ending in .ics, as calendar apps export it.',
    calendarsFile: 'Choose an .ics file',
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
    photosCount: (count: number) => several(count, 'photo', 'photos'),
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
