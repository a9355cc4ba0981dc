/** `sidekeep pair` as a person uses it: in a terminal, which asks and is answered. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { reportMissing } from '../missing.ts'
import { serve, sidekeep } from '../phone/command-line.ts'
import { SIDEKEEP } from '../program.ts'
import { openBrowser } from '../unit/links/portal/fixture.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'

interface Terminal {
  /** Waits until the program has written this. @returns the match */
  read(pattern: RegExp): Promise<RegExpExecArray>
  type(line: string): void
  ended: Promise<unknown>
}

/** Runs the program in a terminal of its own, by util-linux's `script`. */
function openTerminal(args: string[]): Terminal {
  const command = [process.execPath, ...SIDEKEEP, ...args].map((word) => `'${word}'`).join(' ')
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    'script',
    ['--quiet', '--return', '--command', command, '/dev/null'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let written = ''
  child.stdout.on('data', (piece) => {
    written += piece
  })
  return {
    async read(pattern) {
      await expect.poll(() => written, { timeout: 30_000 }).toMatch(pattern)
      return pattern.exec(written)!
    },
    type: (line) => void child.stdin.write(`${line}\r`),
    ended: once(child, 'close'),
  }
}

const isHere = spawnSync('script', ['--version']).error === undefined
if (!isHere) reportMissing('needs script, of util-linux')

test.runIf(isHere)(
  'the owner compares the codes, and is offered the phone that it was before a reset',
  {
    timeout: 90_000,
  },
  async () => {
    const data = await temporaryFolder()
    const { url, stop } = await serve(data)
    onTestFinished(() => stop())
    await sidekeep(data, ['phones', 'add', 'Pixel 8'])
    const terminal = openTerminal(['pair', '--data', data])
    const [, words = ''] = await terminal.read(/type in\s+([0-9A-Z-]{28,})/)
    const browser = openBrowser(url)
    const { code } = await browser.call('pair.claim', {
      ...{ platform: 'android', device: 'Pixel 8', secret: words },
    })
    const [, shown = ''] = await terminal.read(/Does the phone show (\d{3} \d{3}), too\?/)
    expect(shown.replace(' ', '')).toBe(code)
    terminal.type('y')
    await terminal.read(/1 {2}Pixel 8\s/)
    await terminal.read(/Is it one of these, after a reset\?/)
    terminal.type('1')
    await terminal.read(/“Pixel 8” is paired\.[\s\S]*What it had is still here/)
    await terminal.ended
    expect(await browser.call('pair.state', {})).toMatchObject({ state: 'paired', wasReset: true })
    expect((await browser.call('setup.show', {})).phone.name).toBe('Pixel 8')
  },
)
