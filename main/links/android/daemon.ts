/** Speaks to a phone's own ADB daemon over the network, where no `adb` is installed: plain ADB as `adb tcpip` switches it on, without TLS. */
import type { NetConnectOpts } from 'node:net'
import {
  ADB_DEFAULT_AUTHENTICATORS,
  Adb,
  type AdbCredentialStore,
  AdbDaemonTransport,
  AdbPacket,
  type AdbPacketData,
  AdbPacketSerializeStream,
  AdbSignatureAuthenticator,
  type AdbSocket,
} from '@yume-chan/adb'
import {
  MaybeConsumable,
  pipeFrom,
  ReadableStream,
  StructDeserializeStream,
  TransformStream,
} from '@yume-chan/stream-extra'
import { Problem } from '../../problem.ts'
import { type Channel, openChannel } from './channel.ts'
import { createDevice, type Device } from './device.ts'
import type { Patience } from './patience.ts'
import { stateOf } from './states.ts'

/** "STLS": the phone wants TLS, as wireless debugging always does (system/core/adb, protocol.txt). */
const START_TLS = 0x534c5453

export interface DaemonSettings {
  at: NetConnectOpts
  credentialStore: AdbCredentialStore
  /** Have the phone ask its owner where it does not know this computer; it then answers once they tapped Allow. */
  ask: boolean
}

/**
 * Opens a phone; resolves once it lets us in.
 * @throws the system's error when nobody listens there, Problem as the patience does, `not-allowed` where it does not let us in.
 */
export async function openDaemon(
  { at, credentialStore, ask }: DaemonSettings,
  patience: Patience,
): Promise<Device> {
  const channel = await patience.wait(openChannel(at, patience))
  try {
    const connection = packetsOver(channel)
    const authenticators = ask ? ADB_DEFAULT_AUTHENTICATORS : [AdbSignatureAuthenticator]
    const transport = await patience.wait(
      AdbDaemonTransport.authenticate({ serial: '', connection, credentialStore, authenticators }),
    )
    // Nobody waits for its end; whoever reads hears of it.
    transport.disconnected.catch(() => undefined)
    const adb = new Adb(transport)
    return createDevice(adb, async () => channelOf(await adb.createSocket('sync:')), patience)
  } catch (error) {
    channel.close()
    const isUnknown = error instanceof Error && error.message === 'No authenticator can handle the request'
    throw isUnknown ? notAllowed(error) : error
  }
}

function notAllowed(cause: Error): Problem {
  const { sentence, next } = stateOf('unauthorized')
  return new Problem('not-allowed', sentence, next, { cause })
}

function packetsOver(channel: Channel) {
  const bytes = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const more = await channel.read()
      if (more) controller.enqueue(more.slice())
      else controller.close()
    },
    cancel: channel.close,
  })
  return {
    readable: bytes.pipeThrough(new StructDeserializeStream(AdbPacket)).pipeThrough(refuseTls()),
    writable: pipeFrom(
      // The header's buffer is used again for the next packet, so that each write is waited for.
      new MaybeConsumable.WritableStream<Uint8Array>({ write: channel.write, close: channel.close }),
      new AdbPacketSerializeStream(),
    ),
  }
}

function refuseTls() {
  return new TransformStream<AdbPacketData, AdbPacketData>({
    transform(packet, controller) {
      if (packet.command !== START_TLS) return controller.enqueue(packet)
      throw new Problem(
        'not-allowed',
        'This phone wants to be spoken to by the program adb.',
        'Install Android’s platform tools (package `adb` on Linux), then try again.',
      )
    },
  })
}

function channelOf(socket: AdbSocket): Channel {
  const reader = socket.readable.getReader()
  const writer = socket.writable.getWriter()
  const close = () => void Promise.resolve(socket.close()).catch(() => undefined)
  return {
    async read() {
      const next = await reader.read()
      return next.done ? null : next.value
    },
    write: (bytes) => writer.write(bytes),
    close,
    closed: socket.closed.then(() => undefined),
  }
}
