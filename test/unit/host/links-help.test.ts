/** What the commands on links say when they are asked how they are used. */
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { addLinks } from '../../../main/host/commands/links.ts'

function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...commandsOf(one)])
}

function helpOf(command: Command): string {
  let said = ''
  command.configureOutput({
    writeOut: (text) => {
      said += text
    },
  })
  command.outputHelp()
  return said
}

test('every command on links shows how it is used', () => {
  const program = new Command('sidekeep')
  addLinks(program)
  const commands = commandsOf(program)
  expect(commands.map((one) => one.name()).sort()).toEqual([
    ...['accept', 'cancel', 'capture', 'connect', 'forget', 'history', 'links', 'send'],
  ])
  for (const command of commands) {
    expect(helpOf(command)).toMatch(/Examples?:\n {2}\$ sidekeep /)
    expect(helpOf(command)).toContain('--json')
  }
  for (const name of ['links', 'capture', 'send']) {
    expect(helpOf(commands.find((one) => one.name() === name)!)).toContain('Exit status: 0')
  }
})
