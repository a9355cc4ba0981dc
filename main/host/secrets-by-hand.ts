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

/**
 * Does the work with what was given, and asks where a password is missing or wrong and a person can be asked.
 * @param name of the secret that the source asks for. @throws Problem as `work` does.
 */
export async function withSecrets<T>(
  flags: SecretFlags,
  whose: string,
  signal: AbortSignal | undefined,
  work: (secrets: Record<string, string>) => Promise<T>,
  name: 'password' | 'code' = 'password',
): Promise<T> {
  let secret = flags.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : process.env[VARIABLE]
  for (let tries = 0; ; tries++) {
    try {
      return await work(secret === undefined ? {} : { [name]: secret })
    } catch (error) {
      const isWanted = error instanceof Problem && error.code === 'wrong-password'
      if (!isWanted || flags.json || flags.passwordStdin || !isAttended() || tries === MOST_TRIES) throw error
      console.error(`${error.message} ${error.next}`)
      secret = await askHidden(`${name === 'code' ? 'Code' : 'Password'} for ${whose}: `, signal)
    }
  }
}
