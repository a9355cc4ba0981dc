/** `sidekeep demo`: the whole story on a simulated phone. It comes with the checkout, not with the installed app. */
import type { Command } from 'commander'
import { Problem } from '../../problem.ts'
import { tellProblem } from '../run-command.ts'

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('see a phone synced, backed up, reset and restored, on made-up data')
    .option('--keep', 'leave the folder with its data, to look into')
    .action(async ({ keep }: { keep?: boolean }) => {
      try {
        const { runDemo } = await loadDemo()
        process.exitCode = await runDemo({ keep: keep ?? false })
      } catch (error) {
        tellProblem(error, false)
      }
    })
}

async function loadDemo(): Promise<typeof import('../../../test/phone/demo.ts')> {
  try {
    return await import('../../../test/phone/demo.ts')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Problem(
      'not-found',
      'The demo is part of the source code, which is not here.',
      'Get it from a checkout.',
    )
  }
}
