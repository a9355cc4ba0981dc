/** PROPFIND of uploads: which chunks are here for good, and how long they are, so that a client knows where to go on. */

import { escapeText } from '../../../formats/xml.ts'
import { httpDate } from '../../../http/http-date.ts'
import {
  type Chunk,
  type ChunkedUpload,
  findChunk,
  findUpload,
  listChunks,
  listUploads,
} from '../../../replica/chunked-uploads.ts'
import { answerMultistatus, propstat, responseElement } from '../answer.ts'
import { readXml } from '../body.ts'
import { type Exchange, readDepth } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import { chunkHref, type UploadPath, uploadHref } from './upload-path.ts'

// These few are all that there is to tell, whatever a client asks for.
const FOLDER_TYPE = '<d:resourcetype><d:collection/></d:resourcetype>'
const CHUNK_TYPE = '<d:resourcetype/>'

export async function listUpload(exchange: Exchange, place: UploadPath): Promise<void> {
  const deep = readDepth(exchange.request, 1) !== 0
  await readXml(exchange)
  await answerMultistatus(exchange, elementsAt(exchange, place, deep))
}

function elementsAt(exchange: Exchange, place: UploadPath, deep: boolean): string[] {
  const { replica, phone } = exchange
  if (place.type === 'uploads') {
    const own = responseElement(uploadHref(phone), propstat(200, FOLDER_TYPE))
    const uploads = deep ? listUploads(replica, phone.id) : []
    return [own, ...uploads.map((upload) => folderElement(exchange, upload))]
  }
  const upload = findUpload(replica, phone.id, place.upload)
  if (!upload) throw new Refusal(404)
  if (place.type === 'chunk') {
    const chunk = findChunk(replica, upload.id, place.chunk)
    if (!chunk) throw new Refusal(404)
    return [chunkElement(exchange, upload, chunk)]
  }
  const chunks = deep ? listChunks(replica, upload.id) : []
  return [folderElement(exchange, upload), ...chunks.map((chunk) => chunkElement(exchange, upload, chunk))]
}

function folderElement({ phone }: Exchange, { name, usedAt }: ChunkedUpload): string {
  const date = `<d:getlastmodified>${httpDate(usedAt)}</d:getlastmodified>`
  const displayName = `<d:displayname>${escapeText(name)}</d:displayname>`
  return responseElement(uploadHref(phone, name), propstat(200, FOLDER_TYPE + displayName + date))
}

function chunkElement({ phone }: Exchange, upload: ChunkedUpload, { name, size, file }: Chunk): string {
  const properties = [
    CHUNK_TYPE,
    `<d:getcontentlength>${size}</d:getcontentlength>`,
    `<oc:size>${size}</oc:size>`,
    `<d:getetag>"${file}"</d:getetag>`,
    `<d:getlastmodified>${httpDate(upload.usedAt)}</d:getlastmodified>`,
  ]
  return responseElement(chunkHref(phone, upload.name, name), propstat(200, properties.join('')))
}
