/** Where passwords are kept: a keychain under Electron, files that only their owner can read without it. */
export interface Secrets {
  read(name: string): Promise<string | undefined>
  /** Resolves once it is durable. */
  write(name: string, value: string): Promise<void>
  /** Resolves once it is gone; also where there was none. */
  remove(name: string): Promise<void>
}
