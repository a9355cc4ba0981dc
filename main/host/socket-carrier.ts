/** The wire over a WebSocket between processes of this computer: one message of JSON each. */
import { WebSocket } from 'ws'
import type { Carrier } from '../../preload/wire.ts'

/** Far more than any call takes; a photo never comes this way. */
export const LARGEST_MESSAGE = 1 << 20

export function socketCarrier(socket: WebSocket): Carrier {
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    listen(take, lost) {
      socket.on('message', (data) => {
        const message = parse(String(data))
        if (message === undefined) socket.close(1007)
        else take(message)
      })
      socket.once('close', lost)
      // Its end is told by `close`; unheard, an error would end the process.
      socket.on('error', () => undefined)
    },
    close: () => socket.close(),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
