/** How the demo speaks: chapters, finished steps with their times, a live count on a terminal, and colours only there. */
import { clearLine, cursorTo } from 'node:readline'
import { duration } from '../../main/host/words.ts'

export interface Teller {
  title(text: string): void
  chapter(title: string): void
  /** A line of the story. */
  say(text: string): void
  /** A command as a person would type it. */
  command(text: string): void
  /**
   * Does one step, showing `doing` and the live count meanwhile, and then what `work` returns, with how long it took.
   * @param count what is done so far, such as `312 of 1,500`.
   */
  step(doing: string, work: () => Promise<string>, count?: () => string): Promise<void>
  good(text: string): void
  bad(text: string): void
  /** Something that was left out, and why. */
  skipped(text: string): void
  /** The last word. */
  ending(fine: boolean, text: string): void
}

/** Standard output, or what stands in for it. */
export type TellerOutput = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

const REDRAW_MS = 100
// With what stands around them, lines are 79 columns wide.
const TIME_COLUMN = 73
const SPINNER = ['◐', '◓', '◑', '◒']

/** @param env `NO_COLOR` switches colours off (no-color.org), `TERM=dumb` does too. */
export function createTeller(out: TellerOutput, env: NodeJS.ProcessEnv): Teller {
  const live = out.isTTY === true && env.TERM !== 'dumb'
  const coloured = live && !env.NO_COLOR
  const paint =
    (code: string) =>
    (text: string): string =>
      coloured ? `\u001b[${code}m${text}\u001b[0m` : text
  const [bold, dim, green, red] = ['1', '2', '32', '31'].map(paint) as [Paint, Paint, Paint, Paint]
  const line = (text = ''): void => {
    out.write(`${text}\n`)
  }
  let chapters = 0

  function draw(text: string): void {
    cursorTo(out, 0)
    clearLine(out, 0)
    // A line that wraps could not be taken back.
    out.write(dim(text.slice(0, (out.columns ?? 80) - 1)))
  }

  function erase(): void {
    cursorTo(out, 0)
    clearLine(out, 0)
  }

  return {
    title: (text) => line(bold(text)),
    chapter(title) {
      line()
      line(bold(`${++chapters}  ${title}`))
    },
    say: (text) => line(`   ${text}`),
    command: (text) => line(dim(`   $ ${text}`)),
    async step(doing, work, count) {
      const began = performance.now()
      let turn = 0
      const redraw = (): void => draw(`   ${SPINNER[turn++ % SPINNER.length]} ${doing} ${count?.() ?? '…'}`)
      if (live) redraw()
      const timer = live ? setInterval(redraw, REDRAW_MS) : undefined
      let result: string
      try {
        result = await work()
      } finally {
        clearInterval(timer)
        if (live) erase()
      }
      const took = duration((performance.now() - began) / 1000)
      line(`   ${green('✓')} ${result.padEnd(TIME_COLUMN - took.length)} ${dim(took)}`)
    },
    good: (text) => line(`   ${green('✓')} ${text}`),
    bad: (text) => line(`   ${red('✗')} ${text}`),
    skipped: (text) => line(`   ${dim(`– ${text}`)}`),
    ending(fine, text) {
      line()
      line(bold((fine ? green : red)(text)))
    },
  }
}

type Paint = (text: string) => string
