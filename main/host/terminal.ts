/** A person at the terminal: is asked, and shown a line that changes. */
import { clearLine, cursorTo } from 'node:readline'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Whether there is a person to be asked. */
export function isAttended(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Asks a question. @returns the answer, trimmed. @throws AbortError when the signal stops it. */
export async function ask(question: string, signal: AbortSignal | undefined): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  // While it asks, Ctrl-C comes to it and not to the process.
  lines.on('SIGINT', () => process.emit('SIGINT'))
  try {
    return (await lines.question(question, signal ? { signal } : {})).trim()
  } finally {
    lines.close()
  }
}

/** Asks for a secret: what is typed is not shown. @throws AbortError when the signal stops it. */
export async function askHidden(question: string, signal: AbortSignal | undefined): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  lines.on('SIGINT', () => process.emit('SIGINT'))
  process.stderr.write(question)
  try {
    return await lines.question('', signal ? { signal } : {})
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Writes over the line that it wrote before; nothing where nobody watches. */
export function showLine(text: string): void {
  if (!process.stderr.isTTY) return
  cursorTo(process.stderr, 0)
  clearLine(process.stderr, 0)
  process.stderr.write(text)
}
