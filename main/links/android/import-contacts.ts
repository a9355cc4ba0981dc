/** Brings contacts back as a file that the phone's own Contacts app imports once its owner taps: the only way for pictures. */
import { Readable } from 'node:stream'
import { contentLine, escapeText } from '../../formats/content-line-writer.ts'
import { utf16Of } from '../../replica/index/content-line.ts'
import type { Device } from './device.ts'
import { ORIGIN_MIMETYPE, type Origin } from './own-marks.ts'

export const IMPORT_NAME = 'sidekeep-contacts.vcf'
const FILE = `/sdcard/Download/${IMPORT_NAME}`

export interface ImportedCard {
  bytes: Uint8Array
  origin: Origin
}

/**
 * Pushes the file and has the app ask. @param user of the phone. @param now milliseconds since 1970.
 * @returns what its owner has to do now.
 */
export async function offerImport(
  device: Pick<Device, 'shell' | 'write'>,
  cards: readonly ImportedCard[],
  { user, now }: { user: number; now: number },
): Promise<string> {
  await device.write(FILE, Readable.from(cards.map(markedCard), { objectMode: false }), now)
  const view = ['am', 'start', '--user', String(user), '-a', 'android.intent.action.VIEW']
  const { stdout, stderr, exitCode } = await device.shell([
    ...view,
    '-t',
    'text/x-vcard',
    '-d',
    `file://${FILE}`,
  ])
  const isOpen = exitCode === 0 && !/^Error/m.test(stdout + stderr)
  return isOpen
    ? `Unlock the phone and let its Contacts app import ${cards.length} contacts`
    : `On the phone, open ${IMPORT_NAME} in the folder Download, and let the Contacts app import ${cards.length} contacts`
}

/** The card with a line that Android's import keeps as a row of data, by which it is known again. */
function markedCard({ bytes, origin }: ImportedCard): Buffer {
  const card = Buffer.from(bytes)
  const whole = card.at(-1) === 0x0a ? card : Buffer.concat([card, Buffer.from('\r\n')])
  // The last: cards may lie in cards.
  const end = whole.toString('latin1').toUpperCase().lastIndexOf('\nEND:VCARD') + 1
  if (utf16Of(bytes) || end === 0) return whole
  const value = [ORIGIN_MIMETYPE, origin.uid, origin.book ?? ''].map(escapeText).join(';')
  const mark = Buffer.from(`${contentLine('X-ANDROID-CUSTOM', value)}\r\n`)
  return Buffer.concat([whole.subarray(0, end), mark, whole.subarray(end)])
}
