/** What every screen gets to work with. */
import type { Platform } from '../../preload/portal.ts'
import type { Call } from './call.ts'
import type { Connection } from './connection.ts'
import type { Route } from './routes.ts'
import type { Uploader } from './upload/uploader.ts'

export interface Context {
  call: Call
  connection: Connection
  /** One for all screens: uploads go on while others are looked at. */
  uploader: Uploader
  platform: Platform
  /** Aborts when the screen is left. */
  signal: AbortSignal
  go(screen: Route['screen']): void
  /** Milliseconds since 1970. */
  now(): number
  /** Shows what a person can act on, and logs the rest. Aborted work is neither. */
  trouble(error: unknown): Trouble | undefined
}

/** An error in words. */
export interface Trouble {
  sentence: string
  next: string
}

/** Makes a screen's content, without its heading. */
export type Screen = (context: Context) => HTMLElement
