/**
 * A phone for tests that write to its providers: scripts are run by the shell of this computer, as a phone's would run them, and each
 * `content` in them is answered here, by the stand-in, without a process of its own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import type { Device } from '../../../../main/links/android/device.ts'
import type { Ran, Shell } from '../../../../main/links/android/shell.ts'
import { type ContentStandIn, createContentStandIn, runContent } from '../../../android/content-stand-in.ts'

export interface ScriptPhone extends ContentStandIn, Pick<Device, 'shell' | 'write'> {
  /** Files that were pushed and are still there. */
  files: Map<string, Buffer>
  /** Other programs that were started. */
  started: string[][]
  /** How many scripts ran. */
  readonly scripts: number
}

export interface Manner {
  /** Takes all behind the second colon as it is, as programs until about Android 9 do. */
  isOld?: boolean
  /** Refuses contacts of the phone alone, as Android 16 does when an account is the default for new ones. */
  hasCloudDefault?: boolean
  /** Called before each call; what it returns is what the phone says instead. If it throws, the cable is pulled there. */
  before?: (args: readonly string[]) => Ran | undefined
}

export function createScriptPhone(manner: Manner = {}): ScriptPhone {
  const standIn = createContentStandIn()
  const files = new Map<string, Buffer>()
  const started: string[][] = []
  let scripts = 0

  function content(args: readonly string[]): Ran {
    return (
      manner.before?.(args) ??
      refusal(manner, args) ??
      runContent(standIn.database, manner.isOld ? args.map(asNew) : args)
    )
  }

  const shell: Shell = async ([program, ...args]) => {
    if (program === 'content') return content(args)
    if (program === 'rm') files.delete(args.at(-1)!)
    else if (program === 'sh') {
      scripts++
      return runScript(files.get(args[0]!)!, content)
    } else started.push([program!, ...args])
    return { stdout: '', stderr: '', exitCode: 0 }
  }

  return {
    ...standIn,
    ...{ files, started, shell },
    get starts() {
      return standIn.starts
    },
    get scripts() {
      return scripts
    },
    async write(path, bytes) {
      files.set(path, await buffer(bytes))
    },
  }
}

function refusal({ hasCloudDefault }: Manner, args: readonly string[]): Ran | undefined {
  const isLocal = args.includes('account_type:s:')
  if (!(hasCloudDefault && isLocal)) return undefined
  const why = 'Cannot write contacts to local accounts when default account is set to cloud'
  const stderr = `Error while accessing provider:content://com.android.contacts\njava.lang.IllegalArgumentException: ${why}\n\tat x\n`
  return { stdout: '', stderr, exitCode: 0 }
}

/** A binding of the old program, as the new one would take it. */
function asNew(argument: string, at: number, all: readonly string[]): string {
  const [, head, value] = /^([^:]*:[^:]*:)(.*)$/s.exec(argument) ?? []
  return all[at - 1] === '--bind' && head !== undefined ? head + value!.replace(/[\\:]/g, '\\$&') : argument
}

// Arguments go out ended by NUL; the answer comes back as a line for `printf`.
const CONTENT = `content() { printf '%s\\0' "$#" "$@" >&3; IFS= read -r answer <&4; printf "$answer"; }`

async function runScript(script: Buffer, content: (args: readonly string[]) => Ran): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'sidekeep-script-'))
  try {
    const path = join(folder, 'script.sh')
    await writeFile(path, script)
    const shell = spawn('/bin/sh', ['-c', `${CONTENT}\n. ${path}`], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    })
    const [asking, answering] = [shell.stdio[3] as Readable, shell.stdio[4] as Writable]
    let asked = ''
    let cut: unknown
    asking.setEncoding('utf8').on('data', (more: string) => {
      asked += more
      const [count, ...args] = asked.split('\0').slice(0, -1)
      if (count === undefined || args.length < Number(count)) return
      asked = ''
      try {
        const { stdout, stderr } = content(args)
        answering.write(`${answerLine(stdout + stderr)}\n`)
      } catch (error) {
        // The cable was pulled: nobody hears of the rest.
        cut = error
        shell.kill('SIGKILL')
        answering.end()
      }
    })
    const [stdout, stderr] = await Promise.all([
      text(shell.stdout!),
      text(shell.stderr!),
      once(shell, 'close'),
    ])
    if (cut) throw cut
    return { stdout, stderr, exitCode: shell.exitCode ?? 1 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function answerLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('\n', '\\n')
}
