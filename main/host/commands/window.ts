/** `sidekeep window`: the window of a serving engine, in the browser of this computer. */
import type { Command } from 'commander'
import { Problem } from '../../problem.ts'
import { readControl } from '../connect.ts'
import { type CommonOptions, tellProblem, withCommonOptions } from '../run-command.ts'

interface WindowFlags extends CommonOptions {
  open: boolean
}

export function addWindow(program: Command): void {
  withCommonOptions(program.command('window'))
    .description('open Sidekeep’s window in this computer’s browser; `sidekeep serve` must run')
    .option('--no-open', 'only print its address, which is for you alone')
    .action(async ({ data, json, open: isWanted }: WindowFlags) => {
      try {
        const control = await readControl(data)
        if (!control) throw notServing()
        const address = `${control.url.replace(/^ws:/, 'http:')}#token=${control.token}`
        console.log(json ? JSON.stringify({ address }) : address)
        if (!isWanted) return
        const { openBrowser } = await import('../open-browser.ts')
        await openBrowser(address)
      } catch (error) {
        tellProblem(error, json)
      }
    })
}

function notServing(): Problem {
  return new Problem('unreachable', 'Sidekeep is not running.', 'Start it first: sidekeep serve')
}
