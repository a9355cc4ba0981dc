/** The local ADB server, which speaks to phones on cables and on Wi-Fi for all programs of this computer: found, or started where `adb` is installed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AdbServerClient } from '@yume-chan/adb'
import { createDevice, type Device } from './device.ts'
import type { Patience } from './patience.ts'
import { createServerConnector, openService } from './server-connector.ts'

/** A phone as the server lists it. */
export interface ListedDevice {
  /** What the server calls it: a serial number on a cable, else an address. */
  serial: string
  /** The server's word for how things stand, such as `device` or `unauthorized`. */
  state: string
  /** As in `Pixel_8`; empty when the phone does not let us in. */
  model: string
  transportId: bigint
}

export interface AdbServer {
  client: AdbServerClient
  /** Every phone that the server sees, also those that do not let us in. Null when there is no server and none can be started. */
  list(): Promise<ListedDevice[] | null>
  /** Opens a phone that lets us in. @throws Problem as the patience does. */
  open(listed: ListedDevice, patience: Patience): Promise<Device>
}

export interface AdbServerOptions {
  /** Where the server listens: a port of this computer, or a socket's path. */
  at: { port: number; host: string } | { path: string }
  /** Starts a server. @returns whether there may be one now. */
  start(): Promise<boolean>
}

/** As Android's own tools have it. */
const SERVER_PORT = 5037

/** Where the server listens: `ADB_SERVER_SOCKET` and the older variables move it for Android's own tools, and so for us. */
export function usualServer(env: NodeJS.ProcessEnv): AdbServerOptions['at'] {
  const { ADB_SERVER_SOCKET: socket = '', ANDROID_ADB_SERVER_ADDRESS: host, ANDROID_ADB_SERVER_PORT } = env
  const [, path] = /^localfilesystem:(.+)$/.exec(socket) ?? []
  if (path) return { path }
  const [, at, port] = /^tcp:(?:(.+):)?(\d{1,5})$/.exec(socket) ?? []
  return {
    host: at?.replace(/^\[(.*)\]$/, '$1') || host || '127.0.0.1',
    port: Number(port ?? ANDROID_ADB_SERVER_PORT) || SERVER_PORT,
  }
}

export function createAdbServer({ at, start }: AdbServerOptions): AdbServer {
  const client = new AdbServerClient(createServerConnector(at))
  async function list(): Promise<ListedDevice[]> {
    const connection = await client.createConnection('host:devices-l')
    try {
      return readDeviceList(await connection.readString())
    } finally {
      await connection.dispose()
    }
  }
  return {
    client,
    async list() {
      try {
        return await list()
      } catch (error) {
        if (!isNobodyThere(error)) throw error
        return (await start()) ? list() : null
      }
    },
    async open(listed, patience) {
      const own = new AdbServerClient(createServerConnector(at, patience))
      const openSyncChannel = () => openService(at, listed.transportId, 'sync:', patience)
      return createDevice(await patience.wait(own.createAdb(listed)), openSyncChannel, patience)
    },
  }
}

/** Starts the server of the `adb` that is installed; it stays when we end, as it does for all who use it. */
export async function startInstalledServer(): Promise<boolean> {
  const child = spawn('adb', ['start-server'], { stdio: 'ignore', windowsHide: true })
  try {
    const [code] = await once(child, 'exit')
    return code === 0
  } catch {
    // There is no such program here.
    return false
  }
}

/** Reads `adb devices -l`: serial, state (some of several words), and `name:value` pairs. */
export function readDeviceList(text: string): ListedDevice[] {
  return text.split('\n').flatMap((line) => {
    const [, serial, rest] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (!serial || !rest) return []
    const [, state = ''] =
      /^(.*?)(?:\s+(?:usb|product|model|device|features|transport_id):.*|;.*)?$/.exec(rest) ?? []
    const [, transportId] = /\btransport_id:(\d+)/.exec(rest) ?? []
    const [, model = ''] = /\bmodel:(\S+)/.exec(rest) ?? []
    return [{ serial, state: state.trim(), model, transportId: BigInt(transportId ?? 0) }]
  })
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ENOENT'].includes(String(error.code))
}
