/** Connects to the ADB server: for Tango (`@yume-chan/adb`), and to a phone's services by ourselves where it counts how fast. */
import type { NetConnectOpts } from 'node:net'
import type { AdbServerClient } from '@yume-chan/adb'
import { MaybeConsumable, ReadableStream } from '@yume-chan/stream-extra'
import { type Channel, createReader, type Guard, openChannel } from './channel.ts'

/** A connector to a server that listens at a port or a socket. Reverse tunnels, which phones would open, are refused. */
export function createServerConnector(at: NetConnectOpts, guard?: Guard): AdbServerClient.ServerConnector {
  return {
    async connect({ signal } = {}) {
      const channel = await openChannel(at, guard)
      // Tango stops listening to its signal once it is connected, and would leave a connection behind for each time a phone was opened.
      signal?.addEventListener('abort', channel.close)
      if (signal?.aborted) channel.close()
      return {
        readable: new ReadableStream<Uint8Array>({
          async pull(controller) {
            const bytes = await channel.read()
            if (bytes) controller.enqueue(bytes.slice())
            else controller.close()
          },
          cancel: channel.close,
        }),
        // A failed write is not told here: Tango has a promise for it that nobody waits for, which would end the process. The reading side
        // ends, and that is told.
        writable: new MaybeConsumable.WritableStream<Uint8Array>({ write: channel.write }),
        closed: channel.closed,
        close: channel.close,
      }
    },
    addReverseTunnel: refuse,
    removeReverseTunnel: refuse,
    clearReverseTunnels: () => undefined,
  }
}

/** Opens a service of a phone, such as `sync:` (system/core/adb, SERVICES.TXT). @throws Error with what the server says. */
export async function openService(
  at: NetConnectOpts,
  transportId: bigint,
  service: string,
  guard: Guard,
): Promise<Channel> {
  const channel = await openChannel(at, guard)
  try {
    const answers = createReader(channel)
    for (const request of [`host:transport-id:${transportId}`, service]) {
      await channel.write(Buffer.from(hex(request.length) + request))
      const word = (await answers.take(4)).toString()
      if (word === 'OKAY') continue
      const length = Number.parseInt((await answers.take(4)).toString(), 16)
      throw new Error((await answers.take(length)).toString())
    }
    return channel
  } catch (error) {
    channel.close()
    throw error
  }
}

function hex(length: number): string {
  return length.toString(16).padStart(4, '0')
}

function refuse(): never {
  throw new Error('Phones open no connections to this computer.')
}
