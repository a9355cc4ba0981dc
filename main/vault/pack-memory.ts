/** Memory for packs in the making, used again and again. All packs of a worker share it, whatever they hold. */

const CAPACITY = 13 * 1024 * 1024
// One that fills and two that are being written: a disk's sync takes as long as filling one.
const MOST_PACKS = 3

export interface PackMemory {
  /**
   * Resolves once there is memory for a pack; who has two packs open at most never waits for itself.
   * @param needed bytes; a blob that is larger than any usual pack gets memory of its own.
   */
  take(needed: number): Promise<SharedArrayBuffer>
  /** Lets others have it once the pack is stored. */
  giveBack(memory: SharedArrayBuffer, stored: Promise<void>): void
}

export function createPackMemory(): PackMemory {
  let made = 0
  const lent: Promise<SharedArrayBuffer>[] = []
  return {
    async take(needed) {
      if (needed > CAPACITY) return new SharedArrayBuffer(needed)
      if (made === MOST_PACKS) return lent.shift()!
      made++
      return new SharedArrayBuffer(CAPACITY)
    },
    giveBack(memory, stored) {
      if (memory.byteLength !== CAPACITY) return
      const free = stored.then(() => memory)
      // Who takes it hears of a failure.
      free.catch(() => undefined)
      lent.push(free)
    },
  }
}
