/** Secrets for a call: from the environment, from standard input, or from a person at the terminal. */
import { text } from 'node:stream/consumers'
import { Problem } from '../problem.ts'
import { askHidden, isAttended } from './terminal.ts'

/** The variable that scripts may give a source's password in. */
const VARIABLE = 'SIDEKEEP_SOURCE_PASSWORD'
const MOST_TRIES = 3

export interface SecretFlags {
  json?: boolean
  /** Read the password from standard input. */
  passwordStdin?: boolean
}

export interface Asked {
  /** What the source asks for. */
  name?: 'password' | 'code'
  /** It is chosen here and now: it is asked for twice, for nobody knows what a slip of the finger made of it. */
  isNew?: boolean
}

/**
 * Does the work with what was given, and asks where a secret is missing or wrong and a person can be asked.
 * @throws Problem as `work` does.
 */
export async function withSecrets<T>(
  flags: SecretFlags,
  whose: string,
  signal: AbortSignal | undefined,
  work: (secrets: Record<string, string>) => Promise<T>,
  { name = 'password', isNew = false }: Asked = {},
): Promise<T> {
  let secret = flags.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : process.env[VARIABLE]
  for (let tries = 0; ; tries++) {
    try {
      return await work(secret === undefined ? {} : { [name]: secret })
    } catch (error) {
      const isWanted = error instanceof Problem && error.code === 'wrong-password'
      if (!isWanted || flags.json || flags.passwordStdin || !isAttended() || tries === MOST_TRIES) throw error
      console.error(`${error.message} ${error.next}`)
      const question = `${name === 'code' ? 'Code' : 'Password'} for ${whose}: `
      secret = await (isNew ? askTwice(question, signal) : askHidden(question, signal))
    }
  }
}

async function askTwice(question: string, signal: AbortSignal | undefined): Promise<string> {
  for (;;) {
    const first = await askHidden(question, signal)
    if ((await askHidden('Once more: ', signal)) === first) return first
    console.error('These were not the same.')
  }
}
