/** Photos and films as they were sent, whole or a range, for a browser to show or to save. */
import { basename } from 'node:path'
import { selectRepresentation } from '../../../http/conditional-get.ts'
import { contentDisposition } from '../../../http/content-disposition.ts'
import { Refusal } from '../refusal.ts'
import type { PhoneVisit } from '../visit.ts'
import type { AlbumFile } from './album.ts'
import { sendStream } from './send-stream.ts'

// What browsers show as nothing but a picture or a film. An SVG or a web page can do things in our name, so it is only ever saved.
const SHOWN = new Set([
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/jpeg',
  'image/jxl',
  'image/png',
  'image/tiff',
  'image/webp',
  'video/3gpp',
  'video/3gpp2',
  'video/mp4',
  'video/quicktime',
  'video/webm',
  'video/x-m4v',
])

/** Answers GET and HEAD (RFC 9110). */
export async function sendOriginal(visit: PhoneVisit, file: AlbumFile): Promise<void> {
  const { request, response } = visit
  const { hash, id, modifiedAt, size, mediaType } = file
  const selected = selectRepresentation(request, { tag: `"${hash ?? id}"`, modifiedAt, size })
  // Kept by the browser, but asked for each time: after `leave` none of it is shown.
  const headers = { ...selected.headers, 'Cache-Control': 'private, no-cache' }
  if (selected.status >= 400) throw new Refusal(selected.status, headers)
  if (selected.status === 304) return void response.writeHead(304, headers).end()
  const head = () =>
    response.writeHead(selected.status, {
      ...headers,
      'Content-Type': mediaType,
      'Content-Disposition': contentDisposition(
        SHOWN.has(mediaType) ? 'inline' : 'attachment',
        basename(file.name),
      ),
      'Content-Security-Policy': 'sandbox',
    })
  if (request.method === 'HEAD') return void head().end()
  await sendStream(visit, file.item().stream(selected.range), head)
}
