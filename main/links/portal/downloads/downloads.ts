/** What a phone gets back: what is safe, contacts, calendars and photos, as they are now or as they were in a backup. */
import type { PortalOutput } from '../../../../preload/portal.ts'
import type { Thumbnails } from '../../../photos/thumbnails.ts'
import { Problem } from '../../../problem.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Replica } from '../../../replica/replica.ts'
import { tallyPhone } from '../../../replica/tally.ts'
import type { Points } from '../../../restore/point.ts'
import { isRead } from '../origin.ts'
import { Refusal } from '../refusal.ts'
import { readTarget } from '../target.ts'
import type { PhoneVisit, PortalMethods, Route } from '../visit.ts'
import type { AlbumFile } from './album.ts'
import { createAlbums } from './albums.ts'
import { sendOriginal } from './originals.ts'
import { listMethod } from './photo-pages.ts'
import { listCalendars, sendCalendar, sendContacts } from './texts.ts'
import { createSendThumbnail } from './thumbnail.ts'
import { createZips } from './zips.ts'

export interface DownloadSettings {
  replica: Replica
  points: Points
  thumbnails: Thumbnails
  log: (message: string, error: unknown) => void
}

export interface Downloads {
  methods: Pick<PortalMethods, 'phone.show' | 'points.list' | 'calendars.list' | 'photos.list' | 'photos.zip'>
  routes: { get: Route; zip: Route }
}

export function createDownloads({ replica, points, thumbnails, log }: DownloadSettings): Downloads {
  const albums = createAlbums(replica, points)
  const zips = createZips(replica.world, albums, log)
  const sendThumbnail = createSendThumbnail(replica, thumbnails)

  async function lastBackup(phone: Phone): Promise<PortalOutput<'phone.show'>['lastBackup']> {
    try {
      const [newest] = await points.list(phone)
      return newest ? { at: newest.at, whole: newest.isWhole } : null
    } catch (error) {
      // Of backups that cannot be looked at now, on a disk that is not plugged in say, nothing is promised.
      if (error instanceof Problem) return null
      throw error
    }
  }

  async function get(visit: PhoneVisit, rest: string[]): Promise<void> {
    const { request, phone } = visit
    if (!isRead(request)) throw new Refusal(405, { Allow: 'GET, HEAD' })
    const at = readTarget(request).query.get('at') ?? undefined
    const [kind, name, ...more] = rest
    if (more.length > 0) throw new Refusal(404)
    if (kind === 'contacts.vcf' && name === undefined)
      return sendContacts(visit, await points.open(phone, at))
    if (name === undefined) throw new Refusal(404)
    if (kind === 'calendar' && name.endsWith('.ics'))
      return sendCalendar(visit, await points.open(phone, at), name.slice(0, -'.ics'.length))
    if (kind === 'photo') return sendOriginal(visit, await findFile(phone, at, name))
    if (kind === 'thumbnail') return sendThumbnail(visit, await findFile(phone, at, name))
    throw new Refusal(404)
  }

  async function findFile(phone: Phone, at: string | undefined, id: string): Promise<AlbumFile> {
    const file = await albums.find(phone, at, id)
    if (!file) throw new Refusal(404)
    return file
  }

  return {
    methods: {
      'phone.show': async (_input, { phone }) => ({
        phone: { name: phone.name, user: phone.user },
        kinds: tallyPhone(replica, phone.id),
        lastBackup: await lastBackup(phone),
      }),
      'points.list': async (_input, { phone }) => ({ points: await points.list(phone) }),
      'calendars.list': async ({ at }, { phone }) => listCalendars(await points.open(phone, at)),
      'photos.list': listMethod(albums, thumbnails),
      'photos.zip': zips.prepare,
    },
    routes: { get, zip: zips.send },
  }
}
