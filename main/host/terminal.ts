/** A person at the terminal: is asked, and shown a line that changes. */
import { clearLine, cursorTo } from 'node:readline'
import { createInterface } from 'node:readline/promises'

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

/** Writes over the line that it wrote before; nothing where nobody watches. */
export function showLine(text: string): void {
  if (!process.stderr.isTTY) return
  cursorTo(process.stderr, 0)
  clearLine(process.stderr, 0)
  process.stderr.write(text)
}
