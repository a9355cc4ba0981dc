/** `sidekeep pair` in a process of its own, for scripts: whoever comes with its code is taken in. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Output } from '../../preload/contract.ts'
import { SIDEKEEP } from '../program.ts'

/** How the pairing stands; one JSON line at its start, when a phone has come, and at its end. */
export type PairLine = Output<'pairing.show'>

export interface StartedPair {
  child: ChildProcess
  next(): Promise<PairLine>
}

export function startPair(data: string, args: string[]): StartedPair {
  const child = spawn(process.execPath, [...SIDEKEEP, 'pair', '--data', data, '--json', ...args])
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, next: async () => JSON.parse((await lines.next()).value ?? 'null') as PairLine }
}

export const secretIn = ({ links }: PairLine) => links[0]!.split('#pair=')[1]!
