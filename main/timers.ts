/** Looks that come again and again; tests pass their own, and look when they like. */

export interface Timers {
  /** Calls `look` about every `milliseconds` until the function returned is called. */
  every(milliseconds: number, look: () => void): () => void
}

export const realTimers: Timers = {
  every(milliseconds, look) {
    const timer = setInterval(look, milliseconds)
    // Looking alone keeps no process alive.
    timer.unref()
    return () => clearInterval(timer)
  },
}
