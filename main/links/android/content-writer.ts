/**
 * Writes to what the phone's providers hold, by Android's `content` program. Each call of it starts a virtual machine, prints nothing
 * when all is well and ends with 0 whatever happened; so many calls go into one script, which tells what each of them said.
 */
import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { escapeArg } from '@yume-chan/adb'
import { Problem } from '../../problem.ts'
import { stopIfAsked, type Watch } from '../../progress.ts'
import { ContentError } from './content-tool.ts'
import type { Device } from './device.ts'

/** A row's values by column; a column that is left out stays as the provider makes it. */
export type Values = Readonly<Record<string, string | number>>

export type Step =
  | { command: 'insert'; uri: string; values: Values }
  | { command: 'update'; uri: string; values: Values; where: string }
  | { command: 'delete'; uri: string; where: string }

export interface ContentWriter {
  /**
   * Does the steps in their order. @returns what the phone said of those that failed, by their place; a step that is not in it
   * may have failed all the same, so that only reading back tells.
   * @throws Problem `not-allowed` when the phone lets nothing be written. @throws LocalAccountRefused, before any row was written.
   */
  run(steps: readonly Step[], watch: Watch): Promise<Map<number, string>>
}

/** New contacts may lie in the owner's cloud account only (Android 16, when such an account is the default). */
export class LocalAccountRefused extends Error {}

const FOLDER = '/data/local/tmp'
/** Of one script: long enough that pushing it does not count, short enough to be stopped between two. */
const STEPS_PER_SCRIPT = 100
/** Linux takes arguments of up to 128 KiB. */
const LONGEST_ARGUMENT = 120_000
const TOO_LONG = 'It has a text that is too long for the phone.'

/** @param user of the phone, as for `createContentTool`. */
export function createContentWriter(device: Pick<Device, 'shell' | 'write'>, user = 0): ContentWriter {
  let escapes: Promise<boolean> | undefined

  /** Newer programs read `\:` and `\\` and take no other colons in a value; older ones take all as it is. Nothing is written. */
  async function probeEscapes(): Promise<boolean> {
    const nowhere = 'content://com.android.calendar/nowhere'
    const argv = ['content', 'insert', '--user', String(user), '--uri', nowhere, '--bind', 'a:s:b:c']
    const { stdout, stderr } = await device.shell(argv)
    return /not well formed/i.test(stdout + stderr)
  }

  async function runScript(steps: readonly (Step & { place: number })[]): Promise<Map<number, string>> {
    escapes ??= probeEscapes()
    const doesEscape = await escapes
    const said = new Map<number, string>()
    const calls: string[] = []
    for (const { place, ...step } of steps) {
      const argv = argumentsOf(step, user, doesEscape)
      if (argv.some((argument) => Buffer.byteLength(argument) > LONGEST_ARGUMENT)) said.set(place, TOO_LONG)
      else calls.push(`c ${place} ${argv.map(escapeArg).join(' ')}`)
    }
    const mark = hash('sha256', calls.join('\n')).slice(0, 16)
    const path = `${FOLDER}/sidekeep-${mark}.sh`
    await device.write(path, Readable.from([Buffer.from(scriptOf(mark, calls))], { objectMode: false }), 0)
    try {
      const { stdout, stderr } = await device.shell(['sh', path])
      const parts = `\n${stdout}`.split(`\n${mark} `).slice(1)
      if (parts.at(-1)?.trim() !== 'end')
        throw new ContentError(stderr.trim().split('\n', 1)[0] || 'it stopped')
      for (const part of parts.slice(0, -1)) {
        const [place = ''] = part.split(' ', 1)
        const error = errorIn(part.slice(place.length + 1))
        if (error) said.set(Number(place), error)
      }
    } finally {
      await device.shell(['rm', '-f', path])
    }
    return said
  }

  return {
    async run(steps, watch) {
      const said = new Map<number, string>()
      for (let at = 0; at < steps.length; at += STEPS_PER_SCRIPT) {
        stopIfAsked(watch)
        watch.report?.({
          ...{ phase: 'Writing to the phone', items: at, itemsTotal: steps.length },
          ...{ bytes: 0, bytesTotal: null },
        })
        const some = steps.slice(at, at + STEPS_PER_SCRIPT).map((step, n) => ({ ...step, place: at + n }))
        for (const [place, error] of await runScript(some)) said.set(place, error)
        throwIfRefused([...said.values()])
      }
      return said
    },
  }
}

/** The text as far as an argument of a program holds it: without zeros, and without halves of a surrogate pair, which have no UTF-8. */
export function writable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}

function argumentsOf(step: Step, user: number, doesEscape: boolean): string[] {
  const argv = [step.command, '--user', String(user), '--uri', step.uri]
  if (step.command !== 'insert') argv.push('--where', step.where)
  if (step.command === 'delete') return argv
  for (const [column, value] of Object.entries(step.values)) {
    const text = writable(String(value))
    const written = doesEscape ? text.replace(/[\\:]/g, '\\$&') : text
    argv.push('--bind', `${column}:${typeof value === 'number' ? 'l' : 's'}:${written}`)
  }
  return argv
}

/**
 * What a call says comes after the mark, which no text in the script can hold; said even when it is nothing, as a sign of life. A refusal
 * would only be repeated by the others.
 */
function scriptOf(mark: string, calls: readonly string[]): string {
  // Each on a line of its own, whatever was said before. `echo` is a part of every shell, and `printf` of most only.
  const tell = (words: string) => `echo "\n${mark} ${words}"`
  return [
    'c() {',
    'place=$1; shift',
    'said=$(content "$@" </dev/null 2>&1)',
    tell('$place $said'),
    `case $said in *SecurityException*|*"${LOCAL_REFUSED}"*) ${tell('end')}; exit;; esac`,
    '}',
    ...calls,
    tell('end'),
    '',
  ].join('\n')
}

/** In the words of the contacts provider, `AccountResolver`. */
const LOCAL_REFUSED = 'Cannot write contacts to local accounts'

// Linkers and virtual machines of some phones have something to say at each start.
function errorIn(said: string): string | null {
  return (
    /^(?:\[ERROR\] |java\.[\w.]+: |Error while accessing provider).*$/m.exec(withoutFirstOfTwo(said))?.[0] ??
    null
  )
}

// "Error while accessing provider" names the URI alone; the exception below says why.
function withoutFirstOfTwo(said: string): string {
  return said.replace(/^Error while accessing provider.*\n(?=java\.)/m, '')
}

function throwIfRefused(said: readonly string[]): void {
  const refusal = said.find((error) => error.includes('SecurityException'))
  if (refusal !== undefined) {
    throw new Problem(
      'not-allowed',
      'The phone does not let its data be changed over USB debugging.',
      'Some makers have a second switch for it in the developer options, such as “USB debugging (Security settings)”; a work profile may forbid it.',
      { cause: new ContentError(refusal) },
    )
  }
  const local = said.find((error) => error.includes(LOCAL_REFUSED))
  if (local !== undefined) throw new LocalAccountRefused(local)
}
