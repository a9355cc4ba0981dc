/** Cards and photos for benchmarks: the same number gives the same bytes, and no two photos share a block. */
import { createCipheriv } from 'node:crypto'

const CARD_SIZE = 450

/** A vCard 3.0 of 450 bytes; `edition` tells later edits of the same person apart. */
export function makeCard(n: number, edition = 0): Buffer {
  const number = String(n).padStart(6, '0')
  const head = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${cardUid(n)}`,
    `FN:Person ${number} of the Benchmark`,
    `N:of the Benchmark;Person ${number};;;`,
    `EMAIL;TYPE=INTERNET,HOME:person.${number}@home.example`,
    `TEL;TYPE=CELL,VOICE:+44 7700 ${number.slice(0, 3)} ${number.slice(3)}`,
    `ORG:The Office of ${number};Department ${n % 40}`,
    `ADR;TYPE=HOME:;;${n % 200} Long Street;Oldtown;;OT${n % 90} 1AA;United Kingdom`,
    `REV:${new Date(Date.UTC(2026, 0, 1) + edition * 1000).toISOString()}`,
    'NOTE:',
  ].join('\r\n')
  const tail = '\r\nEND:VCARD\r\n'
  return Buffer.from(
    head + 'known since school, '.repeat(20).slice(0, CARD_SIZE - head.length - tail.length) + tail,
  )
}

export function cardUid(n: number): string {
  return `bench-${String(n).padStart(12, '0')}`
}

/** An all-day event; `edition` tells later edits of it apart. */
export function makeEvent(n: number, edition = 0): Buffer {
  const day = new Date(Date.UTC(2016, 0, 1) + (n % 5000) * 86_400_000)
    .toISOString()
    .slice(0, 10)
    .replaceAll('-', '')
  return Buffer.from(
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Sidekeep//Benchmark//EN',
      'BEGIN:VEVENT',
      `UID:bench-event-${n}`,
      'DTSTAMP:20260101T000000Z',
      `DTSTART;VALUE=DATE:${day}`,
      `SUMMARY:Event ${n}`,
      `SEQUENCE:${edition}`,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  )
}

/** A JPEG's head with the time it was taken, then bytes that no one can compress, then its end. */
export function makePhoto(n: number, size: number): Buffer {
  const photo = withNoise(jpegHead(takenAt(n)), n, size)
  photo.writeUInt16BE(0xffd9, size - 2)
  return photo
}

/** A film of so many bytes that nobody can play: a type, and then data to the end. */
export function makeFilm(n: number, size: number): Buffer {
  const head = Buffer.from('\0\0\0\x10ftypisom\0\0\0\0\0\0\0\0mdat', 'latin1')
  head.writeUInt32BE(size - 16, 16)
  return withNoise(head, n, size)
}

function withNoise(head: Buffer, n: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  head.copy(bytes)
  const iv = Buffer.alloc(16)
  iv.writeUInt32BE(n)
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 0x5e), iv)
  const rest = bytes.subarray(head.length)
  noise.update(rest).copy(rest)
  return bytes
}

/** Where a camera would put it, as in `2019/04/IMG_000012.JPG`. */
export function photoPath(n: number): string {
  const [year, month] = takenAt(n).split(':')
  return `${year}/${month}/IMG_${String(n).padStart(6, '0')}.JPG`
}

/** EXIF's form of the time photo `n` was taken: ten years, one every few hours, in UTC. */
function takenAt(n: number): string {
  const minutes = (n * 997) % (10 * 365 * 24 * 60)
  const iso = new Date(Date.UTC(2016, 0, 1) + minutes * 60_000).toISOString()
  return `${iso.slice(0, 10).replaceAll('-', ':')} ${iso.slice(11, 19)}`
}

/** SOI, EXIF with DateTimeOriginal, a frame of 4000 x 3000 and the start of a scan (ITU T.81, annex B; EXIF 2.3, 4.5). */
function jpegHead(taken: string): Buffer {
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\x08', 'latin1'),
    // One entry: the EXIF directory lies at 26. There one entry: DateTimeOriginal, 20 characters at 44.
    directory({ tag: 0x8769, type: 4, count: 1, value: 26 }),
    directory({ tag: 0x9003, type: 2, count: 20, value: 44 }),
    Buffer.from(`${taken}\0`, 'latin1'),
  ])
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])),
    segment(0xc0, Buffer.from([8, 3000 >> 8, 3000 & 255, 4000 >> 8, 4000 & 255, 1, 1, 0x11, 0])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
  ])
}

function directory(entry: { tag: number; type: number; count: number; value: number }): Buffer {
  const bytes = Buffer.alloc(18)
  bytes.writeUInt16BE(1, 0)
  bytes.writeUInt16BE(entry.tag, 2)
  bytes.writeUInt16BE(entry.type, 4)
  bytes.writeUInt32BE(entry.count, 6)
  bytes.writeUInt32BE(entry.value, 10)
  return bytes
}

function segment(marker: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}
