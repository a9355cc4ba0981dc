/** What the figures were measured on, without the machine's name. */
import { cpus, release, totalmem, type } from 'node:os'
import { findPeers, type PeerName } from '../peers/peers.ts'

const PEERS: PeerName[] = ['radicale', 'xandikos', 'rclone', 'restic', 'chromium']

export function describeMachine(): string[] {
  const cores = cpus()
  return [
    `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${type()} ${release().split('-')[0]}, Node ${process.versions.node}`,
    PEERS.map(
      (name) =>
        `${name} ${
          findPeers(name)
            .map(({ version }) => version)
            .join(' and ') || 'not here'
        }`,
    ).join(', '),
  ]
}
