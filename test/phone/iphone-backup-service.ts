/** An iPhone's backup service (mobilebackup2): sends what it has, in the order and the frames that the real one uses. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildBinary, type PlistValue } from 'plist'
import { writeBackup } from './iphone-backup.ts'
import type { PhoneOnCable } from './iphone-usb.ts'
import { type Dictionary, dictionary, number32, type Wire } from './iphone-wire.ts'

const FILE_DATA = 0x0c
const SUCCESS = 0
const CHUNK = 256 * 1024
/** Of MBErrorDomain. */
const LOCKED = 208

/** @param notify tells programs that the phone asks for its passcode, or no longer does. */
export async function serveBackup(
  wire: Wire,
  phone: PhoneOnCable,
  notify: (isAsking: boolean) => Promise<void>,
): Promise<void> {
  await tell(wire, 'DLMessageVersionExchange', 300, 0)
  await wire.readList()
  await tell(wire, 'DLMessageDeviceReady')
  for (;;) {
    const [kind, asked] = (await wire.readList()) as PlistValue[]
    if (kind === 'DLMessageDisconnect') return
    const message = dictionary(asked)
    if (message.MessageName === 'Hello') await respond(wire, { ProtocolVersion: 2.1 })
    else if (message.MessageName === 'ChangePassword') {
      phone.encrypts = true
      phone.password = String(message.NewPassword)
      await respond(wire)
    } else if (message.MessageName === 'Backup') {
      await notify(true)
      const wasTyped = await phone.passcode()
      await notify(false)
      if (wasTyped) await sendBackup(wire, phone)
      else
        await respond(wire, {
          ErrorCode: LOCKED,
          ErrorDescription: `Device locked (MBErrorDomain/${LOCKED})`,
        })
    } else throw new Error(`${String(message.MessageName)} was not expected.`)
  }
}

function tell(wire: Wire, ...message: PlistValue[]): Promise<void> {
  return wire.writeList(message, 'binary')
}

function respond(wire: Wire, more: Dictionary = {}): Promise<void> {
  return tell(wire, 'DLMessageProcessMessage', { MessageName: 'Response', ErrorCode: 0, ...more })
}

async function sendBackup(wire: Wire, phone: PhoneOnCable): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'sidekeep-iphone-sends-'))
  try {
    const password = phone.encrypts && phone.password !== undefined ? { password: phone.password } : {}
    const folder = writeBackup(place, { ...phone.plan(), ...password, udid: phone.udid, name: phone.name })
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
    // The computer writes Info.plist by itself; the lists come behind what they list, and that all is there is said last.
    const content = files.filter((path) => path.includes('/'))
    const lists = files.filter((path) => path.startsWith('Manifest.'))
    const half = buildBinary({ SnapshotState: 'uploading', Date: new Date(0) })
    await sendFile(wire, phone, 'Status.plist', Buffer.from(half), 0.1)
    for (const [index, path] of [...content, ...lists].entries()) {
      const percent = (99 * (index + 1)) / (content.length + lists.length) + 0.1
      await sendFile(wire, phone, path, readFileSync(join(folder, path)), percent)
    }
    await sendFile(wire, phone, 'Status.plist', readFileSync(join(folder, 'Status.plist')), 99.9)
    await respond(wire)
  } finally {
    rmSync(place, { recursive: true })
  }
}

/** @param percent of the whole; no whole number, for the program takes only broken ones. */
async function sendFile(
  wire: Wire,
  phone: PhoneOnCable,
  path: string,
  bytes: Buffer,
  percent: number,
): Promise<void> {
  const name = `${phone.udid}/${path}`
  await tell(wire, 'DLMessageCreateDirectory', dirname(name))
  await wire.readList()
  await tell(wire, 'DLMessageUploadFiles', [], percent, bytes.length)
  await wire.write(Buffer.concat([named(`/private/${path}`), named(name)]))
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const piece = bytes.subarray(at, at + CHUNK)
    await wire.write(Buffer.concat([number32(piece.length + 1), Buffer.from([FILE_DATA]), piece]))
  }
  await wire.write(Buffer.concat([number32(1), Buffer.from([SUCCESS]), number32(0)]))
  await wire.readList()
  phone.sent(path)
}

function named(path: string): Buffer {
  const bytes = Buffer.from(path)
  return Buffer.concat([number32(bytes.length), bytes])
}
