/** `sidekeep pair`: shows a QR code, waits for the phone, asks for its owner's word, and takes it in. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import type { Output } from '../../../preload/contract.ts'
import { Problem } from '../../problem.ts'
import { realWorld } from '../../world.ts'
import { type CommonOptions, EXIT, runCommand, type Session, withCommonOptions } from '../run-command.ts'
import { ask, isAttended, showLine } from '../terminal.ts'
import { duration } from '../words.ts'

type Pairing = Output<'pairing.show'>
type Device = NonNullable<Pairing['device']>
type Wanted = { name: string } | { phone: string }

interface PairFlags extends CommonOptions {
  name?: string
  as?: string
  yes?: boolean
}

const LOOK_EVERY = 500

export function addPair(program: Command): void {
  withCommonOptions(program.command('pair [name]'))
    .description('connect a phone by a QR code, also one that comes back after a reset')
    .option('--name <name>', 'what to call a new phone, the same as NAME')
    .option(
      '--as <phone>',
      'it is this known phone, after a reset: its data comes back, its old password ends',
    )
    .option('--yes', 'ask nothing: whoever comes first with the code is taken in')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sidekeep pair "Ada’s Pixel"\n  $ sidekeep pair --as "Ada’s Pixel"',
    )
    .action((name: string | undefined, flags: PairFlags) =>
      runCommand(flags, async (session, say) => {
        const wanted = wantedBy({ ...flags, ...(name === undefined ? {} : { name }) })
        const ended = await pair(session, flags, wanted)
        tellEnd(ended, say)
        if (ended.state !== 'paired') process.exitCode = EXIT.problem
        return ended
      }),
    )
}

function wantedBy({ name, as }: PairFlags): Wanted | undefined {
  if (name !== undefined && as !== undefined)
    throw new Problem('bad-input', 'A name for a new phone and --as go not together.', 'Give one of them.')
  if (as !== undefined) return { phone: as }
  return name === undefined ? undefined : { name }
}

async function pair(session: Session, flags: PairFlags, wanted: Wanted | undefined): Promise<Pairing> {
  if (!flags.yes && (flags.json || !isAttended())) {
    throw new Problem(
      'bad-input',
      'Nobody can be asked here whether the phone shows the same code.',
      'Run it in a terminal, or add --yes to take in whoever comes first.',
    )
  }
  const { call, watch } = session
  const started = await call('pairing.start', {})
  try {
    if (flags.json) console.log(JSON.stringify(started))
    else tellStart(started)
    const claimed = await awaitClaim(session, started, flags.json === true)
    if (claimed.state !== 'claimed' || !claimed.device) return claimed
    if (flags.json) console.log(JSON.stringify(claimed))
    else tellDevice(claimed, claimed.device)
    if (!flags.yes && !(await isSame(claimed.device, watch.signal)))
      return await call('pairing.refuse', { pairing: started.id })
    if (flags.yes || wanted)
      return await call('pairing.confirm', {
        pairing: started.id,
        as: wanted ?? { name: claimed.suggestedName },
      })
    return await confirmByHand(session, claimed)
  } catch (error) {
    // Nobody waits for it any more, and its code lies open on the screen.
    await call('pairing.refuse', { pairing: started.id }).catch(() => undefined)
    throw watch.signal?.aborted ? cancelled() : error
  }
}

async function awaitClaim({ call, watch }: Session, started: Pairing, quiet: boolean): Promise<Pairing> {
  for (;;) {
    const pairing = await call('pairing.show', { pairing: started.id })
    if (pairing.state !== 'waiting') {
      if (!quiet) showLine('')
      return pairing
    }
    if (!quiet) showLine(`Waiting for the phone … ${countdown(pairing.expiresAt)}`)
    await sleep(LOOK_EVERY, undefined, watch.signal ? { signal: watch.signal } : {})
  }
}

/** Asks which phone it is, and again when a name cannot be had. */
async function confirmByHand({ call, watch }: Session, claimed: Pairing): Promise<Pairing> {
  for (;;) {
    const as = await askWhich(claimed, watch.signal)
    try {
      return await call('pairing.confirm', { pairing: claimed.id, as })
    } catch (error) {
      const isName = error instanceof Problem && ['already-exists', 'bad-input'].includes(error.code)
      if (!isName) throw error
      console.log(`${error.message} ${error.next}`)
    }
  }
}

async function askWhich(
  { candidates, suggestedName }: Pairing,
  signal: AbortSignal | undefined,
): Promise<Wanted> {
  if (candidates.length > 0) {
    candidates.forEach(({ name, paired }, at) => {
      console.log(`  ${at + 1}  ${name}${paired ? '' : ' (no longer paired)'}`)
    })
    const answer = await ask(
      'Is it one of these, after a reset? Its number, or Enter for a new one: ',
      signal,
    )
    const known = candidates[Number(answer) - 1]
    if (known) return { phone: known.id }
  }
  const name = await ask(`What shall it be called? [${suggestedName}] `, signal)
  return { name: name || suggestedName }
}

async function isSame({ code }: Device, signal: AbortSignal | undefined): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`Does the phone show ${spaced(code)}, too? (y/N) `, signal))
}

function tellStart({ links, words, expiresAt }: Pairing): void {
  const [link = ''] = links
  console.log(renderUnicodeCompact(link, { border: 2 }))
  if (/^(localhost|127\.|\[::1\])/.test(new URL(link).hostname))
    console.log(
      'Careful: only this computer can open it. Run serve without --no-tls and --host to let phones in.',
    )
  console.log('Scan this with the phone’s camera, in the same Wi-Fi, or open one of these in its browser:')
  for (const one of links) console.log(`  ${one}`)
  console.log(`Or open ${new URL('/', link).href} and type in\n  ${words}`)
  console.log(`It works once, and for ${duration((expiresAt - realWorld.now()) / 1000)}.`)
}

function tellDevice({ others }: Pairing, { name, code }: Device): void {
  console.log(`${name || 'A phone'} is here. The code on both sides must be ${spaced(code)}:`)
  console.log('if the phone shows another one, or none, someone else came with your code.')
  if (others > 0) console.log('Careful: another device came with the same code. If it was not yours, say no.')
}

function tellEnd({ state, phone }: Pairing, say: (line: string) => void): void {
  if (state === 'paired' && phone) {
    say(`“${phone.name}” is paired. Its page goes on with contacts, calendar and photos.`)
    if (phone.wasReset) say('What it had is still here, and its page offers to bring it back.')
  } else if (state === 'refused')
    say('It was not taken in. If that was not your phone, pair again: sidekeep pair')
  else if (state === 'locked') {
    say('The code was locked: someone in your network tried wrong ones. Pair again: sidekeep pair')
  } else say('No phone came in time. Try again: sidekeep pair')
}

function cancelled(): Problem {
  return new Problem('cancelled', 'Stopped, as asked; the code no longer works.', 'Pair again: sidekeep pair')
}

/** `9:05` until then. */
function countdown(until: number): string {
  const seconds = Math.max(0, Math.ceil((until - realWorld.now()) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `123 456` reads better than `123456`. */
function spaced(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}
