/** What the portal would answer a phone that has some of everything; tests of the pages change what they need. */
import type { ListedPhoto, PortalMethod, PortalOutput } from '../../preload/portal.ts'

export type Answers = { [M in PortalMethod]: PortalOutput<M> }

const HOUR = 3_600_000

export function someAnswers(now: number): Answers {
  const phone = { name: 'Ada’s Pixel', user: 'ada-pixel' }
  const base = 'https://study-pc.local:8553'
  return {
    'pair.claim': { code: '482913', expiresAt: now + 600_000 },
    'pair.state': { state: 'none', code: null, wasReset: false },
    'setup.show': {
      phone,
      platform: 'android',
      password: 'kD4mQ7xT2pWb9LrZ',
      server: base,
      carddav: `${base}/dav/addressbooks/ada-pixel/`,
      caldav: `${base}/dav/calendars/ada-pixel/`,
      files: `${base}/dav/files/ada-pixel/`,
      davx5: 'davx5://ada-pixel:kD4mQ7xT2pWb9LrZ@study-pc.local:8553/dav/',
      nextcloud: `nc://login/user:ada-pixel&password:kD4mQ7xT2pWb9LrZ&server:${base}`,
      profile: '/portal/profile/3q2-8fVxQm1c',
      fingerprint:
        '4B:12:9E:77:C0:3D:5A:E8:91:0F:66:2B:D4:A7:18:CC:35:F9:80:1E:6D:B2:47:93:5C:EA:0B:74:D8:2F:A1:63',
    },
    'setup.renew': {},
    'setup.checks': {
      services: [
        { service: 'contacts', seenAt: now - 60_000, client: 'DAVx5 4.5' },
        { service: 'calendar', seenAt: now - 55_000, client: 'DAVx5 4.5' },
        { service: 'photos', seenAt: null, client: null },
        { service: 'nextcloud', seenAt: null, client: null },
      ],
      distrustedAt: null,
    },
    'phone.show': {
      phone,
      kinds: [
        { kind: 'contacts', count: 312, bytes: 412_000, since: now - 40 * 24 * HOUR },
        { kind: 'events', count: 1204, bytes: 980_000, since: now - 40 * 24 * HOUR },
        { kind: 'tasks', count: 0, bytes: 0, since: null },
        { kind: 'photos', count: 8431, bytes: 61_200_000_000, since: now - 400 * 24 * HOUR },
      ],
      lastBackup: { at: now - 2 * HOUR, whole: true },
    },
    'photos.known': { known: [] },
    'photos.verify': { files: [] },
    'photos.list': { photos: somePhotos(now), next: 'after-24', total: 8431 },
    'photos.zip': { path: '/portal/zip/1', count: 3, bytes: 12_000_000, missing: 0 },
    'calendars.list': {
      calendars: [
        { name: 'personal', displayName: 'Personal', items: 904 },
        { name: 'family', displayName: 'Family', items: 300 },
      ],
      contacts: 312,
    },
    'points.list': {
      points: [2, 26, 50, 24 * 400].map((hours) => ({
        ...{ id: `p${hours}`, at: now - hours * HOUR, contacts: 312, events: 1204, photos: 8431 },
      })),
    },
    'login.show': { client: 'Nextcloud for Android' },
    'login.allow': {},
    leave: {},
  }
}

function somePhotos(now: number): ListedPhoto[] {
  return Array.from({ length: 24 }, (_, index) => ({
    id: `photo-${index}`,
    name: `IMG_${String(2040 - index).padStart(4, '0')}.HEIC`,
    size: 2_400_000 + index,
    takenAt: now - index * 7 * HOUR,
    mediaType: index === 3 ? 'video/quicktime' : 'image/heic',
    hasThumbnail: index % 5 !== 3,
    together: index === 0 ? [{ id: 'film-0', name: 'IMG_2040.MOV', size: 3_100_000 }] : [],
  }))
}
