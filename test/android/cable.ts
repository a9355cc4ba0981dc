/** The cable between the ADB server and a phone: it can be pulled or fall silent after so many bytes, and it holds the phone's lock. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type Packet, readPacket, writePacket } from './adb-packet.ts'
import { createLock } from './lock.ts'

/** How the phone behaves to a computer that connects. */
export type Manner =
  /** Lets everyone in. */
  | 'open'
  /** Asks its owner first. */
  | 'locked'
  /** Does not even say hello. */
  | 'mute'
  /** Says that it is in its recovery system. */
  | 'recovery'

export interface Cable {
  /** Bytes that went through it in both directions so far. */
  carried(): number
  /** What happens once it has carried so many more bytes. */
  after(bytes: number, what: 'pulled' | 'silent'): void
  setManner(manner: Manner): void
  /** The owner taps Allow. */
  allow(): void
  plugIn(): void
  pull(): void
}

/**
 * @param from port at which it listens. @param to port of the phone's adbd.
 * @param pulled is called when it was pulled by itself.
 */
export async function createCable(from: number, to: number, pulled: () => void): Promise<Cable> {
  const ends = new Set<Socket>()
  let isIn = false
  let manner: Manner = 'open'
  let carried = 0
  let limit = Number.POSITIVE_INFINITY
  let atLimit: 'pulled' | 'silent' = 'pulled'
  let letIn: () => void = () => undefined
  const lock = createLock(() => letIn())

  function pull(): void {
    isIn = false
    for (const end of ends) end.destroy()
  }

  /** Takes note of what goes through. @returns how much of it still does. */
  function meter(length: number): number {
    const rest = Math.max(limit - carried, 0)
    carried += Math.min(length, rest)
    return Math.min(length, rest)
  }

  function pass(bytes: Buffer, from: Socket, to: Socket): void {
    const length = meter(bytes.length)
    if (length > 0 && !to.write(bytes.subarray(0, length))) {
      from.pause()
      to.once('drain', () => from.resume())
    }
    if (length === bytes.length) return
    if (atLimit === 'silent') {
      for (const end of ends) end.pause()
      return
    }
    // What was carried arrives, however sudden the end is.
    to.end(() => {
      pull()
      pulled()
    })
  }

  function join(one: Socket, other: Socket): void {
    one.on('data', (bytes) => pass(bytes, one, other))
    one.once('close', () => {
      other.destroy()
      ends.delete(one)
    })
    // What fails ends the connection, which is all that a cable can tell.
    one.on('error', () => undefined)
    one.resume()
    ends.add(one)
  }

  /** The computer's hello, held back until the phone lets it in. */
  async function welcome(computer: Socket): Promise<Buffer> {
    let bytes: Buffer = Buffer.alloc(0)
    const next = async (): Promise<Packet> => {
      for (;;) {
        const found = readPacket(bytes)
        bytes = found?.rest ?? bytes
        if (found) return found.packet
        const more: Buffer | null = computer.read()
        if (more) bytes = Buffer.concat([bytes, more])
        else await once(computer, 'readable')
      }
    }
    const hello = await next()
    if (manner === 'locked') {
      const isOpened = new Promise<'open'>((resolve) => {
        letIn = () => resolve('open')
      })
      computer.write(writePacket(lock.challenge()))
      for (;;) {
        const answer = lock.answer(await next())
        if ((answer ?? (await isOpened)) === 'open') break
        computer.write(writePacket(answer as Packet))
      }
    }
    return Buffer.concat([writePacket(hello), bytes])
  }

  const server = createServer(async (computer) => {
    if (!isIn) return void computer.destroy()
    ends.add(computer)
    computer.setNoDelay(true)
    computer.on('error', () => undefined)
    try {
      const hello = await welcome(computer)
      if (manner === 'mute') return
      if (manner === 'recovery') {
        const payload = Buffer.from('recovery::ro.product.model=Pixel 8;')
        computer.write(writePacket({ command: 'CNXN', arg0: 0x01000001, arg1: 4096, payload }))
        return
      }
      const phone = connect({ port: to, host: '127.0.0.1', noDelay: true })
      await once(phone, 'connect')
      phone.write(hello)
      join(computer, phone)
      join(phone, computer)
    } catch {
      computer.destroy()
    }
  })
  server.listen(from, '127.0.0.1')
  await once(server, 'listening')

  return {
    carried: () => carried,
    after(bytes, what) {
      limit = carried + bytes
      atLimit = what
    },
    setManner(wanted) {
      manner = wanted
    },
    allow: lock.allow,
    plugIn() {
      limit = Number.POSITIVE_INFINITY
      isIn = true
    },
    pull,
  }
}
