/** Media types of files: by their first bytes, or by name where those do not tell. */
import { extname } from 'node:path'

/** The type that the first bytes show (16 are enough); undefined when they show none. The name decides between kin. */
export function mediaTypeOfContent(head: Buffer, name: string): string | undefined {
  const text = head.toString('latin1', 0, 16)
  for (const [magic, type] of MAGIC) {
    if (text.startsWith(magic)) return type
  }
  if (text.startsWith('RIFF')) return RIFF_TYPES[text.slice(8, 12)]
  if (text.slice(4, 8) === 'ftyp') return typeOfBrand(text.slice(8, 12))
  if (BOXES_OF_OLD.has(text.slice(4, 8))) return 'video/quicktime'
  const named = mediaTypeOfName(name)
  if (text.startsWith('II*\0\x10\0\0\0CR')) return 'image/x-canon-cr2'
  if (text.startsWith('II*\0') || text.startsWith('MM\0*'))
    return named !== undefined && isRawType(named) ? named : 'image/tiff'
  if (text.startsWith('\x1aE\xdf\xa3')) return named === 'video/x-matroska' ? named : 'video/webm'
  return undefined
}

/** The numbers of a sensor, each maker's in a way of its own. */
export function isRawType(mediaType: string): boolean {
  return mediaType.startsWith('image/x-')
}

const MAGIC = [
  ['\xff\xd8\xff', 'image/jpeg'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\0\0\0\x0cJXL ', 'image/jxl'],
  ['\xff\x0a', 'image/jxl'],
  ['%PDF-', 'application/pdf'],
  ['FUJIFILMCCD-RAW', 'image/x-fuji-raf'],
  ['IIU\0', 'image/x-panasonic-rw2'],
  ['IIRO', 'image/x-olympus-orf'],
  ['IIRS', 'image/x-olympus-orf'],
  ['MMOR', 'image/x-olympus-orf'],
] as const

const RIFF_TYPES: Record<string, string> = {
  WEBP: 'image/webp',
  'AVI ': 'video/x-msvideo',
  WAVE: 'audio/wav',
}

// QuickTime films from before there was a box for their type.
const BOXES_OF_OLD = new Set(['moov', 'mdat', 'wide', 'skip', 'pnot'])

/** The type of the file whose ISO base media brand this is (the four characters behind `ftyp`). */
function typeOfBrand(brand: string): string {
  if (/^(?:hei[cxms]|hev[cxms])$/.test(brand)) return 'image/heic'
  if (/^(?:mif|msf)1$/.test(brand)) return 'image/heif'
  if (/^avi[fs]$/.test(brand)) return 'image/avif'
  if (brand === 'crx ') return 'image/x-canon-cr3'
  if (brand === 'qt  ') return 'video/quicktime'
  if (brand.startsWith('3g2')) return 'video/3gpp2'
  if (brand.startsWith('3g')) return 'video/3gpp'
  return brand.startsWith('M4A') ? 'audio/mp4' : 'video/mp4'
}

/** The type that the name's extension stands for; undefined when it stands for none. */
export function mediaTypeOfName(name: string): string | undefined {
  return TYPES_BY_EXTENSION[extname(name).slice(1).toLowerCase()]
}

const TYPES_BY_EXTENSION: Record<string, string> = {
  '3g2': 'video/3gpp2',
  '3gp': 'video/3gpp',
  aac: 'audio/aac',
  aae: 'application/xml',
  arw: 'image/x-sony-arw',
  avi: 'video/x-msvideo',
  avif: 'image/avif',
  bmp: 'image/bmp',
  cr2: 'image/x-canon-cr2',
  cr3: 'image/x-canon-cr3',
  csv: 'text/csv',
  dng: 'image/x-adobe-dng',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  ics: 'text/calendar',
  jpe: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  jxl: 'image/jxl',
  m4a: 'audio/mp4',
  m4v: 'video/x-m4v',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  mts: 'video/mp2t',
  nef: 'image/x-nikon-nef',
  orf: 'image/x-olympus-orf',
  pdf: 'application/pdf',
  png: 'image/png',
  raf: 'image/x-fuji-raf',
  rw2: 'image/x-panasonic-rw2',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain',
  vcf: 'text/vcard',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  xml: 'application/xml',
  xmp: 'application/rdf+xml',
}

/** Whether files of the type begin with bytes that `mediaTypeOfContent` knows. */
export function showsItsType(type: string): boolean {
  return KNOWN_BY_CONTENT.has(type) || isRawType(type) || /^video\/(?:3gp|mp4|quick|x-m)/.test(type)
}

const KNOWN_BY_CONTENT = new Set([
  ...MAGIC.map(([, type]) => type as string),
  ...Object.values(RIFF_TYPES),
  'image/heic',
  'image/heif',
  'image/avif',
  'image/tiff',
])
