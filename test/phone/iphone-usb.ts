/**
 * An iPhone on a cable, for the real programs of libimobiledevice: the computer's usbmuxd and the phone's lockdownd behind it. Unlike
 * a real phone it asks for no TLS. Programs find it by `USBMUXD_SOCKET_ADDRESS`.
 */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { build, type PlistValue, parse } from 'plist'
import { serveFiles } from './iphone-afc.ts'
import type { BackupPlan } from './iphone-backup.ts'
import { serveBackup } from './iphone-backup-service.ts'
import { type Dictionary, dictionary, type Wire, wireOver } from './iphone-wire.ts'

/** What its owner did or left undone; tests change it while programs run. */
export interface PhoneOnCable {
  /** With its dash, as tools show it. */
  udid: string
  name: string
  isPluggedIn: boolean
  /** What its owner answers when it asks whether to trust the computer. */
  trust: 'asks' | 'denied' | 'locked' | 'trusted'
  /** Whether it has paired with the computer since it was last reset. */
  isPaired: boolean
  encrypts: boolean
  /** The password that was set for its backups. */
  password: string | undefined
  /** What happens when it asks for its passcode at the start of a backup; resolves to whether it was typed. */
  passcode: () => Promise<boolean>
  /** What it backs up; without a password, which it adds itself. */
  plan: () => Omit<BackupPlan, 'password' | 'udid' | 'name'>
  /** Called after each file of a backup that was sent; throwing cuts the cable. */
  sent: (path: string) => void
}

export interface Cable {
  phone: PhoneOnCable
  /** For the environment of programs. */
  env: { USBMUXD_SOCKET_ADDRESS: string }
  close(): Promise<void>
}

/** What the phone's services share. */
interface Inside {
  phone: PhoneOnCable
  publicKey: Buffer
  /** Programs that want to hear when it asks for its passcode. */
  observers: Set<Wire>
}

const LOCKDOWN = 62_078
const NOTIFICATIONS = 50_001
const FILES = 50_002
const BACKUP = 50_003
const SERVICES: Record<string, number> = {
  'com.apple.mobile.notification_proxy': NOTIFICATIONS,
  'com.apple.afc': FILES,
  'com.apple.mobilebackup2': BACKUP,
}

export async function plugIn(phone: PhoneOnCable): Promise<Cable> {
  const records = new Map<string, PlistValue>()
  // Any key will do: a certificate is made for it, and nothing is signed by it.
  const { publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const inside: Inside = { phone, publicKey: Buffer.from(publicKey), observers: new Set() }
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Programs that were stopped leave without a word.
    socket.on('error', () => undefined)
    serveMux(socket, inside, records).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    phone,
    env: { USBMUXD_SOCKET_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}` },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The daemon on the computer: lists what is plugged in, keeps the records of pairings, and connects to ports of the phone. */
async function serveMux(socket: Socket, inside: Inside, records: Map<string, PlistValue>): Promise<void> {
  const { phone } = inside
  const wire = wireOver(socket)
  const attached = {
    MessageType: 'Attached',
    DeviceID: 1,
    Properties: {
      ...{ ConnectionType: 'USB', DeviceID: 1, LocationID: 1, ProductID: 4776 },
      // The bus knows no dash.
      SerialNumber: phone.udid.replace('-', ''),
    },
  }
  for (;;) {
    const header = await wire.read(16)
    const length = header.readUInt32LE(0) - 16
    const asked = dictionary(parse((await wire.read(length)).toString()))
    const answer = (list: Dictionary) => wire.write(muxPacket(header.readUInt32LE(12), list))
    const result = (number: number) => answer({ MessageType: 'Result', Number: number })
    const id = String(asked.PairRecordID)
    switch (asked.MessageType) {
      case 'ListDevices':
        await answer({ DeviceList: phone.isPluggedIn ? [attached] : [] })
        break
      case 'ReadBUID':
        await answer({ BUID: '30142955-444094379208051516' })
        break
      case 'ReadPairRecord':
        if (records.has(id)) await answer({ PairRecordData: records.get(id)! })
        else await result(2)
        break
      case 'SavePairRecord':
        records.set(id, asked.PairRecordData!)
        await result(0)
        break
      case 'DeletePairRecord':
        records.delete(id)
        await result(0)
        break
      case 'Connect': {
        // The number is in the network's order.
        const port = Buffer.from([
          Number(asked.PortNumber) & 0xff,
          Number(asked.PortNumber) >> 8,
        ]).readUInt16BE()
        await result(phone.isPluggedIn ? 0 : 2)
        return connectTo(port, wire, inside)
      }
      default:
        await result(1)
    }
  }
}

function muxPacket(tag: number, list: Dictionary): Buffer {
  const body = Buffer.from(build(list))
  const header = Buffer.alloc(16)
  for (const [place, value] of [16 + body.length, 1, 8, tag].entries()) header.writeUInt32LE(value, place * 4)
  return Buffer.concat([header, body])
}

function connectTo(port: number, wire: Wire, inside: Inside): Promise<void> {
  if (port === LOCKDOWN) return serveLockdown(wire, inside)
  if (port === NOTIFICATIONS) return serveNotifications(wire, inside)
  if (port === FILES) return serveFiles(wire)
  if (port === BACKUP) return serveBackup(wire, inside.phone, (isAsking) => notify(inside, isAsking))
  throw new Error(`Nothing listens on port ${port}.`)
}

const TRUST_ERRORS = {
  asks: 'PairingDialogResponsePending',
  denied: 'UserDeniedPairing',
  locked: 'PasswordProtected',
} as const

/** The phone's door: who it is, whom it trusts, and where its services listen. */
async function serveLockdown(wire: Wire, { phone, publicKey }: Inside): Promise<void> {
  const values: Dictionary = {
    ...{ DeviceName: phone.name, ProductVersion: '18.1', ProductType: 'iPhone14,5', BuildVersion: '22B83' },
    ...{ UniqueDeviceID: phone.udid, SerialNumber: 'F2LXXXXXXX', WiFiAddress: '02:00:00:00:00:00' },
    DevicePublicKey: publicKey,
  }
  for (;;) {
    const asked = dictionary(await wire.readList())
    const { Request, Domain, Key } = asked
    const answer = (list: Dictionary) => wire.writeList({ Request: Request!, ...list })
    if (Request === 'QueryType') await answer({ Type: 'com.apple.mobile.lockdown' })
    else if (Request === 'GetValue') {
      const held: Dictionary = Domain === undefined ? values : domainOf(String(Domain), phone)
      const value = Key === undefined ? held : held[String(Key)]
      await answer(value === undefined ? { Error: 'MissingValue' } : { Value: value })
    } else if (Request === 'Pair' || Request === 'StartSession') {
      if (phone.trust !== 'trusted') await answer({ Error: TRUST_ERRORS[phone.trust] })
      else if (Request === 'Pair') {
        phone.isPaired = true
        await answer({ EscrowBag: Buffer.alloc(32) })
      } else if (!phone.isPaired) await answer({ Error: 'InvalidHostID' })
      else await answer({ SessionID: '1', EnableSessionSSL: false })
    } else if (Request === 'StartService') {
      const port = SERVICES[String(asked.Service)]
      await answer(port === undefined ? { Error: 'InvalidService' } : { Port: port, EnableServiceSSL: false })
    } else await answer({})
  }
}

function domainOf(domain: string, phone: PhoneOnCable): Dictionary {
  return domain === 'com.apple.mobile.backup' ? { WillEncrypt: phone.encrypts } : {}
}

const ASKS = 'com.apple.LocalAuthentication.ui.presented'
const ASKED = 'com.apple.LocalAuthentication.ui.dismissed'

async function serveNotifications(wire: Wire, { observers }: Inside): Promise<void> {
  try {
    for (;;) {
      const { Command, Name } = dictionary(await wire.readList())
      if (Command === 'ObserveNotification' && Name === ASKS) observers.add(wire)
      if (Command === 'Shutdown') await wire.writeList({ Command: 'ProxyDeath' })
    }
  } finally {
    observers.delete(wire)
  }
}

async function notify({ observers }: Inside, isAsking: boolean): Promise<void> {
  const notice = { Command: 'RelayNotification', Name: isAsking ? ASKS : ASKED }
  await Promise.all([...observers].map((wire) => wire.writeList(notice)))
}
