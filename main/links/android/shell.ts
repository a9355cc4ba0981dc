/** Runs programs on a phone, whatever the way to it is. */

export interface Ran {
  stdout: string
  stderr: string
  exitCode: number
}

/** Runs a program with its arguments as they are, none of them read by a shell. @throws when the phone is gone. */
export type Shell = (argv: readonly string[]) => Promise<Ran>
