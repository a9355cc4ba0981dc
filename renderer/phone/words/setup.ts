/** What the pages say while apps are set up. */

export const setup = {
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
        'Not trusted: the computer’s certificate is not switched on in Certificate Trust Settings, or its profile is not installed yet.',
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
}
