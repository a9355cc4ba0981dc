/** The network between a phone and the engine: counts what the phone sends, hears what goes in clear, and can hold everything back. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Wire extends AsyncDisposable {
  /** Where the phone is to connect in place of the engine. */
  port: number
  /** Bytes that the phone has sent so far, encrypted as they are. */
  sent(): number
  /** All that the phone has sent without TLS. */
  inClear(): string
  /** Holds everything back once the phone has sent so many more bytes, and resolves when it does. */
  holdAfter(bytes: number): Promise<void>
  letGo(): void
  /** Breaks all connections off, with what is held back; new ones get through. */
  cut(): void
}

const TLS_HANDSHAKE = 0x16

/** @param enginePort on loopback; nothing need listen there all the time. */
export async function openWire(enginePort: number): Promise<Wire> {
  const phones = new Set<Socket>()
  const clear: Buffer[] = []
  let sent = 0
  let holding: { from: number; reached: () => void } | undefined

  const isHeld = () => holding !== undefined && sent >= holding.from

  function carry(phone: Socket): void {
    const engine = connect(enginePort, '127.0.0.1')
    phones.add(phone)
    let isClear: boolean | undefined
    phone.on('data', (bytes) => {
      isClear ??= bytes[0] !== TLS_HANDSHAKE
      if (isClear) clear.push(bytes)
      sent += bytes.length
      if (!engine.write(bytes) || isHeld()) phone.pause()
      if (isHeld()) holding?.reached()
    })
    engine.on('drain', () => !isHeld() && phone.resume())
    engine.pipe(phone)
    if (isHeld()) phone.pause()
    // An end that breaks off takes the other with it, as on a real network.
    for (const [end, other] of [
      [phone, engine],
      [engine, phone],
    ] as const) {
      end.on('error', () => other.destroy())
      end.on('close', () => other.destroy())
    }
    engine.on('close', () => phones.delete(phone))
  }

  const server = createServer(carry).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    inClear: () => Buffer.concat(clear).toString('latin1'),
    holdAfter: (bytes) =>
      new Promise((reached) => {
        holding = { from: sent + bytes, reached }
      }),
    letGo() {
      holding = undefined
      for (const phone of phones) phone.resume()
    },
    cut() {
      holding = undefined
      for (const phone of phones) phone.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const phone of phones) phone.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
