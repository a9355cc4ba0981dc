/** Suites that need a phone made of real parts: skipped by name where one of its programs is missing, failed in CI. */
import { spawnSync } from 'node:child_process'
import { describe } from 'vitest'
import { reportMissing } from '../missing.ts'
import { findPeer } from '../peers/peers.ts'
import type { PhonePrograms } from './phone.ts'

const NAMES = ['adb', 'adbd', 'bwrap', 'mksh', 'toybox'] as const

/** A suite that needs phones; it gets the programs to start them with. */
export function describePhone(title: string, suite: (programs: PhonePrograms) => void): void {
  const found = NAMES.map((name) => [name, findPeer(name)] as const)
  const missing = found.filter(([, peer]) => !peer).map(([name]) => name)
  const refusal = missing.length > 0 ? null : refusalOf(findPeer('bwrap')!.path)
  describe(`${title} (adbd ${findPeer('adbd')?.version ?? 'missing'})`, () => {
    if (missing.length > 0) {
      reportMissing(`needs ${missing.join(', ')}, which build/setup.sh brings`)
    } else if (refusal) {
      reportMissing(`needs a network of its own, which this system does not give: ${refusal}`)
    } else {
      suite(Object.fromEntries(found.map(([name, peer]) => [name, peer!.path])) as unknown as PhonePrograms)
    }
  })
}

/** Debian's adbd lets everyone in at all addresses, so that it runs nowhere else. */
function refusalOf(bwrap: string): string | null {
  const inside = ['--unshare-net', '--unshare-pid', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc']
  // A phone's root lies within it.
  const { status, stderr } = spawnSync(bwrap, [...inside, bwrap, ...inside.slice(1), 'true'], {
    encoding: 'utf8',
  })
  return status === 0 ? null : stderr.trim() || `bwrap ended with ${status}`
}
