/** Phones that we reach over the network by ourselves, for computers without the program `adb`. */
import type { NetConnectOpts } from 'node:net'
import { Problem } from '../../problem.ts'
import type { LinkMemory } from '../link.ts'
import { createCredentialStore } from './computer-key.ts'
import { openDaemon } from './daemon.ts'
import type { Device } from './device.ts'
import type { Patience } from './patience.ts'
import { recall } from './remembered.ts'

/** A phone that was seen, and the way to it. */
export interface Way {
  /** What it is called until it says so itself: a serial number, or an address. */
  serial: string
  /** The phone's id, where it is known already. */
  id?: string
  state: string
  model: string
  /** @throws Problem as the patience does, `not-allowed` where the phone does not let us in. */
  open(patience: Patience): Promise<Device>
}

export interface DirectPhones {
  /** Those that their owner connected. */
  list(): Way[]
  /** Opens a phone for the first time, which asks its owner. @param address with its port. */
  connect(address: string, patience: Patience): Promise<Device>
}

/** @param keyFile where the key lies by which phones know this computer. */
export function createDirectPhones(memory: LinkMemory, keyFile: string): DirectPhones {
  const credentialStore = createCredentialStore(keyFile)
  return {
    list: () =>
      recall(memory).direct.map(({ address, id, name }) => ({
        ...{ serial: address, id, state: 'device', model: name },
        // A phone that forgot us is not to ask its owner at each look.
        open: (patience) => openDaemon({ at: parse(address), credentialStore, ask: false }, patience),
      })),
    async connect(address, patience) {
      try {
        return await openDaemon({ at: parse(address), credentialStore, ask: true }, patience)
      } catch (error) {
        if (error instanceof Problem) throw error
        throw new Problem(
          'unreachable',
          'The phone cannot be reached at this address.',
          'Check that it is on the same Wi-Fi. Phones with “Wireless debugging” need the program adb on this computer.',
          { cause: error },
        )
      }
    },
  }
}

function parse(address: string): NetConnectOpts {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(address.slice(colon + 1)) }
}
