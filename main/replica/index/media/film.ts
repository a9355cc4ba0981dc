/** What MP4, QuickTime and 3GP films say of themselves (ISO/IEC 14496-12, 8.2-8.3; QuickTime File Format, Metadata). */
import { parseTime, parseUtcOffset } from '../icalendar/time.ts'
import { type Box, boxNamed, readBoxes, readContent } from './boxes.ts'
import { cameraName, NO_DETAILS, type PhotoDetails, placeOf } from './exif.ts'
import type { Source } from './source.ts'
import { identifierIn } from './traces.ts'

/** The box with all details (`moov`) may come first or, in films straight from a camera, after all pictures. */
export async function readFilm(source: Source): Promise<PhotoDetails> {
  const moov = boxNamed(await readBoxes(source, 0, source.size), 'moov')
  if (!moov) return NO_DETAILS
  const boxes = await readBoxes(source, moov.start, moov.end)
  const texts = await readTexts(source, boxes)
  const text = (name: string) => texts.get(`com.apple.quicktime.${name}`) ?? ''
  const header = boxNamed(boxes, 'mvhd')
  const written = text('creationdate')
  return {
    ...NO_DETAILS,
    contentId: identifierIn(text('content.identifier')),
    clockOffset: parseUtcOffset(/[+-]\d\d:?\d\d$/.exec(written)?.[0] ?? '') ?? 0,
    takenAt: momentIn(written) ?? (header ? creationTime(await readContent(source, header, 12)) : null),
    camera: cameraName(text('make') || (texts.get('©mak') ?? ''), text('model') || (texts.get('©mod') ?? '')),
    ...(await readFrameSize(source, boxes)),
    ...placeIn(text('location.ISO6709') || (texts.get('©xyz') ?? '')),
  }
}

// Written by phones, and kept when the film is cut or copied, which makes a new header.
function momentIn(text: string): number | null {
  return parseTime(text)?.wall ?? null
}

// The box counts from 1904, in UTC. Zero is what programs write that do not know.
const EPOCH = Date.UTC(1904, 0, 1)
const FIRST_DIGITAL_FILM = Date.UTC(1985, 0, 1)

function creationTime(header: Buffer): number | null {
  if (header.length < 12) return null
  const seconds = header[0] === 1 ? Number(header.readBigUInt64BE(4)) : header.readUInt32BE(4)
  const moment = EPOCH + seconds * 1000
  return moment >= FIRST_DIGITAL_FILM && moment < Date.UTC(2200, 0, 1) ? moment : null
}

/** The largest track; sound has none. */
async function readFrameSize(
  source: Source,
  moov: Box[],
): Promise<{ width: number | null; height: number | null }> {
  let size: { width: number | null; height: number | null } = { width: null, height: null }
  for (const track of moov.filter((box) => box.type === 'trak')) {
    const header = boxNamed(await readBoxes(source, track.start, track.end), 'tkhd')
    if (!header) continue
    const content = await readContent(source, header, 96)
    // Fixed point numbers at the end, behind times whose length depends on the version.
    const at = content[0] === 1 ? 88 : 76
    if (content.length < at + 8) continue
    const [width, height] = [content.readUInt16BE(at), content.readUInt16BE(at + 4)]
    if (width * height > (size.width ?? 0) * (size.height ?? 0)) size = { width, height }
  }
  return size
}

// `+52.5200+013.4050+034.000/`
function placeIn(text: string): { latitude: number | null; longitude: number | null } {
  const [, latitude, longitude] = /^([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)/.exec(text.trim()) ?? []
  if (latitude === undefined || longitude === undefined) return { latitude: null, longitude: null }
  return placeOf(Number(latitude), Number(longitude))
}

const LONGEST_TEXT = 500

/** Texts by name: those of QuickTime's metadata, and the older ones in `udta`, whose names begin with a copyright sign. */
async function readTexts(source: Source, moov: Box[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const userData = boxNamed(moov, 'udta')
  const old = userData ? await readBoxes(source, userData.start, userData.end) : []
  for (const box of old.filter(({ type }) => OLD_NAMES.has(type))) {
    const content = await readContent(source, box, LONGEST_TEXT)
    // Length and language, then the text.
    if (content.length > 4) texts.set(box.type, content.toString('utf8', 4, 4 + content.readUInt16BE(0)))
  }
  const meta = boxNamed(moov, 'meta') ?? boxNamed(old, 'meta')
  return meta ? new Map([...texts, ...(await readMetadata(source, meta))]) : texts
}

const OLD_NAMES = new Set(['©xyz', '©mak', '©mod'])

/** Keys and values are in two boxes; a value's box is named by the number of its key. */
async function readMetadata(source: Source, meta: Box): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const boxes = await readBoxes(source, meta.start, meta.end)
  const [keys, values] = [boxNamed(boxes, 'keys'), boxNamed(boxes, 'ilst')]
  if (!keys || !values) return texts
  const names = keyNames(await readContent(source, keys, 16 * 1024))
  for (const value of await readBoxes(source, values.start, values.end)) {
    const name = names[Buffer.from(value.type, 'latin1').readUInt32BE(0) - 1]
    const data = boxNamed(await readBoxes(source, value.start, value.end), 'data')
    if (name === undefined || !data) continue
    // Kind and language, then the text.
    texts.set(name, (await readContent(source, data, LONGEST_TEXT)).toString('utf8', 8))
  }
  return texts
}

function keyNames(keys: Buffer): string[] {
  const names: string[] = []
  for (let at = 8; at + 8 <= keys.length; ) {
    const length = keys.readUInt32BE(at)
    if (length < 8) break
    names.push(keys.toString('utf8', at + 8, at + length))
    at += length
  }
  return names
}
