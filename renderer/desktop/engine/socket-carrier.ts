/** The wire to an engine that runs by itself: a WebSocket on loopback, with the token that the window was opened with. */
import type { Carrier } from '../../../preload/wire.ts'

/** Resolves once it is open. @throws Error when there is nobody, or the token is an old one. */
export function openSocketCarrier(address: string, token: string): Promise<Carrier> {
  const socket = new WebSocket(address, ['sidekeep', token])
  const carrier: Carrier = {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    listen(take, lost) {
      socket.addEventListener('message', ({ data }) => take(JSON.parse(String(data))))
      socket.addEventListener('close', lost)
    },
    close: () => socket.close(),
  }
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(carrier))
    socket.addEventListener('error', () => reject(new Error(`No engine answers at ${address}.`)))
  })
}
