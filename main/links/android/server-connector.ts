/** Connects to the ADB server for Tango (`@yume-chan/adb`). */
import { once } from 'node:events'
import { connect, type NetConnectOpts } from 'node:net'
import type { AdbServerClient } from '@yume-chan/adb'
import { MaybeConsumable, PushReadableStream, tryClose } from '@yume-chan/stream-extra'

/** A connector to a server that listens at a port or a socket. Reverse tunnels, which phones would open, are refused. */
export function createServerConnector(at: NetConnectOpts): AdbServerClient.ServerConnector {
  return {
    async connect() {
      const socket = connect(at)
      await once(socket, 'connect')
      socket.setNoDelay(true)
      const closed = new Promise<undefined>((resolve) => socket.once('close', () => resolve(undefined)))
      // What fails ends the socket; whoever reads or writes hears of it there.
      socket.on('error', () => undefined)
      return {
        readable: new PushReadableStream<Uint8Array>((controller) => {
          socket.on('data', async (bytes) => {
            if (controller.abortSignal.aborted) return
            socket.pause()
            await controller.enqueue(bytes).catch(() => socket.destroy())
            socket.resume()
          })
          socket.on('close', () => tryClose(controller))
        }),
        writable: new MaybeConsumable.WritableStream<Uint8Array>({
          // The buffer is used again once this resolves, so it must have been handed to the system. A failed write is not told here: Tango
          // has a promise for it that nobody waits for, which would end the process. The reading side ends, and that is told.
          write: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
        }),
        closed,
        close() {
          socket.end()
        },
      }
    },
    addReverseTunnel: refuse,
    removeReverseTunnel: refuse,
    clearReverseTunnels: () => undefined,
  }
}

function refuse(): never {
  throw new Error('Phones open no connections to this computer.')
}
