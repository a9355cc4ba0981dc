/**
 * Pictures that a card only points to, as iCloud's do. They would be lost with the account, so they are fetched and put into the card,
 * together with the address that stood there.
 */
import { contentLine, joinLines } from '../../formats/content-line-writer.ts'
import { Problem } from '../../problem.ts'
import {
  bytesOf,
  type ContentLine,
  decodedValue,
  parameterOf,
  parametersOf,
} from '../../replica/index/content-line.ts'
import { readCardLines } from '../../replica/index/vcard.ts'
import type { Transport } from './transport.ts'

/** Parameter of a picture that was put into its card: where it lay. */
const ADDRESS = 'X-SIDEKEEP-URI'

export interface Pictured {
  bytes: Buffer
  /** Why a picture could not be had. */
  missed: string | null
  /** It may be had another time. */
  isForNow: boolean
}

const MOST_BYTES = 10 * 1024 ** 2

/** For one capture: a server that does not answer is not asked again for each card. Only servers of the account are asked. */
export function pictureFetcher(transport: Transport): (card: Buffer, base: URL) => Promise<Pictured> {
  const silent = new Set<string>()

  /** @returns the picture, or why there is none. */
  async function fetchPicture(url: URL): Promise<Picture | Omit<Pictured, 'bytes'>> {
    if (silent.has(url.host)) return { missed: `${url.host} does not answer`, isForNow: true }
    try {
      const { status, headers, body } = await transport.send('GET', url)
      if (status >= 500 || status === 429) return { missed: `the server answered ${status}`, isForNow: true }
      if (status !== 200) return { missed: `the server answered ${status}`, isForNow: false }
      const type = typeOf(body, headers.get('content-type'))
      if (!type) return { missed: 'what lies there is no picture', isForNow: false }
      if (body.length > MOST_BYTES) return { missed: 'it is too large', isForNow: false }
      return { body, type }
    } catch (error) {
      if (!(error instanceof Problem) || error.code === 'cancelled') throw error
      if (error.code === 'wrong-password') return { missed: 'the server answered 401', isForNow: false }
      if (error.code !== 'unreachable')
        return { missed: `it lies at ${url.host}, which is not of this account`, isForNow: false }
      silent.add(url.host)
      return { missed: `${url.host} does not answer`, isForNow: true }
    }
  }

  return async (card, base) => {
    const all: Pictured = { bytes: card, missed: null, isForNow: false }
    if (!/photo/i.test(card.toString('latin1'))) return all
    let version = ''
    for (const line of readCardLines(card)) {
      if (line.name === 'VERSION') version = line.value.trim()
      const url = line.name === 'PHOTO' && (version === '3.0' || version === '4.0') ? addressOf(line) : null
      const target = url === null ? null : URL.parse(url, base.href)
      if (url === null || !target) continue
      const found = await fetchPicture(target)
      if ('body' in found) {
        all.bytes = exchange(all.bytes, line, inlined(line, version, url, found))
      } else {
        Object.assign(all, found)
      }
    }
    return all
  }
}

interface Picture {
  body: Buffer
  /** Such as `jpeg`. */
  type: string
}

const MAGIC: [string, RegExp][] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG/],
  ['gif', /^GIF8/],
  ['webp', /^RIFF.{4}WEBP/s],
]

function typeOf(body: Buffer, contentType: string | null): string | undefined {
  const start = body.toString('latin1', 0, 12)
  return (
    MAGIC.find(([, magic]) => magic.test(start))?.[0] ??
    /^image\/([\w.+-]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase()
  )
}

/** The address to which the picture's line points; null when the picture is in it. */
function addressOf(line: ContentLine): string | null {
  const value = decodedValue(line).trim()
  return /^https?:\/\//i.test(value) ? value : null
}

// What says how the value is written is no longer true of it.
const OF_THE_VALUE = new Set(['VALUE', 'ENCODING', 'TYPE', 'MEDIATYPE', ADDRESS])

function inlined(line: ContentLine, version: string, address: string, { body, type }: Picture): Buffer {
  const rest = parametersOf(line).filter(({ name }) => !OF_THE_VALUE.has(name))
  const parameters = Object.fromEntries(rest.map(({ name, values }) => [name, values]))
  const group = /^\s*([\w-]+)\./.exec(line.raw)?.[1]
  const name = group === undefined ? 'PHOTO' : `${group}.PHOTO`
  const data = body.toString('base64')
  const written =
    version === '4.0'
      ? contentLine(name, `data:image/${type};base64,${data}`, { ...parameters, [ADDRESS]: address })
      : contentLine(name, data, {
          ...parameters,
          ENCODING: 'b',
          TYPE: type.toUpperCase(),
          [ADDRESS]: address,
        })
  const folded = joinLines([written])
  return folded.subarray(0, folded.length - 2)
}

/** The card as others are to have it: without what we noted in it. */
export function withoutAddresses(card: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(card)
  if (!bytes.includes(ADDRESS)) return bytes
  for (const line of readCardLines(bytes)) {
    if (line.name !== 'PHOTO' || parameterOf(line, ADDRESS).length === 0) continue
    const name = /^\s*([\w.-]+)/.exec(line.raw)![1]!
    const parameters = parametersOf(line).filter((parameter) => parameter.name !== ADDRESS)
    const value = line.value.replace(/\r?\n[ \t]/g, '')
    const folded = joinLines([
      contentLine(name, value, Object.fromEntries(parameters.map((one) => [one.name, one.values]))),
    ])
    bytes = exchange(bytes, line, folded.subarray(0, -2))
  }
  return bytes
}

/** One line for another. A card that is not written in octets, such as UTF-16, stays as it is. */
function exchange(card: Buffer, line: ContentLine, by: Buffer): Buffer {
  const written = bytesOf(line.raw)
  const at = card.indexOf(written)
  return at < 0 ? card : Buffer.concat([card.subarray(0, at), by, card.subarray(at + written.length)])
}

/** What a picture's line means: the address of the picture, and the picture; of each, null when it does not tell. */
export function pictureOf(line: ContentLine): { address: string | null; data: string | null } {
  const outside = addressOf(line)
  if (outside !== null) return { address: outside, data: null }
  const data = line.value.replace(/\s/g, '').replace(/^data:[^,]*,/i, '')
  return { address: parameterOf(line, ADDRESS)[0] ?? null, data }
}
