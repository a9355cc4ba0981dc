/** Keeps the screen on while there is work, where the browser can. */

/** @returns a function to say whether there is work now. */
export function createWakeLock(): (working: boolean) => void {
  let wanted = false
  let lock: Promise<WakeLockSentinel | undefined> | undefined

  function update(): void {
    if (wanted && !document.hidden) lock ??= request()
    else release()
  }

  async function request(): Promise<WakeLockSentinel | undefined> {
    try {
      const made = await navigator.wakeLock.request('screen')
      made.addEventListener('release', () => {
        lock = undefined
      })
      return made
    } catch {
      // Too old a browser, or a phone that saves its battery: uploads go on when the screen is unlocked again.
      return undefined
    }
  }

  function release(): void {
    lock?.then((held) => held?.release())
    lock = undefined
  }

  // The system lets go of it whenever the page is hidden.
  document.addEventListener('visibilitychange', update)
  return (working) => {
    if (working === wanted) return
    wanted = working
    update()
  }
}
