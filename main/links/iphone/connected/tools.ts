/** The programs of libimobiledevice, which speak to an iPhone on its cable: started where they are installed. */
import { type ChildProcess, spawn } from 'node:child_process'

export type Tool = 'idevice_id' | 'ideviceinfo' | 'idevicepair' | 'idevicebackup2'

export interface ToolResult {
  /** Exit status; null when a signal ended the program. */
  code: number | null
  /** All that it said, on both of its channels. */
  output: string
}

export interface ToolOptions {
  /** Asks the program to end as Ctrl-C does. */
  signal?: AbortSignal | undefined
  /** Added to its environment: other users of the computer see arguments, but not this. */
  env?: Readonly<Record<string, string>>
  /** Milliseconds after which it is ended; as long as it likes unless told. */
  timeout?: number
  /** Hears what it says, piece by piece. */
  onOutput?: (text: string) => void
}

/** Runs a program to its end. @returns undefined when it is not installed. */
export type RunTool = (
  tool: Tool,
  args: readonly string[],
  options?: ToolOptions,
) => Promise<ToolResult | undefined>

/** A backup lets the phone know that it ends; a program that does not even do that is ended all the same. */
const GRACE_MS = 10_000

/** @param env the environment by whose `PATH` the programs are found, and in which they run. */
export function installedTools(env: NodeJS.ProcessEnv): RunTool {
  return (tool, args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(tool, args, {
        env: { ...env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          // Hours of progress are not kept: what counts comes last.
          output = (output + text).slice(-LONGEST_OUTPUT)
          options.onOutput?.(text)
        })
      }
      const letGo = endWhenAsked(child, options)
      child.on('error', (error: NodeJS.ErrnoException) => {
        letGo()
        if (error.code === 'ENOENT') resolve(undefined)
        else reject(error)
      })
      child.on('close', (code) => {
        letGo()
        resolve({ code, output })
      })
    })
}

const LONGEST_OUTPUT = 64 * 1024

/** What a phone says of itself as one line to show: whoever names a phone could steer the terminal that shows it. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** @returns what stops watching, once the program has ended. */
function endWhenAsked(child: ChildProcess, { signal, timeout }: ToolOptions): () => void {
  let hard: NodeJS.Timeout | undefined
  const end = () => {
    child.kill('SIGINT')
    hard ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
  }
  const late = timeout === undefined ? undefined : setTimeout(end, timeout)
  if (signal?.aborted) end()
  signal?.addEventListener('abort', end, { once: true })
  return () => {
    clearTimeout(late)
    clearTimeout(hard)
    signal?.removeEventListener('abort', end)
  }
}
