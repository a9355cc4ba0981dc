/** One-time secrets for paths that a browser opens by itself: each stands for a value, once and for a while. */
import { hashSecret } from '../../secret-hash.ts'
import type { World } from '../../world.ts'

export interface Tickets<V> {
  /** @returns the secret, of letters and digits. */
  issue(value: V): string
  /** Gives what the secret stands for, if it is still good; after that it is not. */
  redeem(secret: string): V | undefined
}

/** @param lifetime in milliseconds. @param most that are good at a time; the oldest make room. */
export function createTickets<V>(world: World, lifetime: number, most: number): Tickets<V> {
  const good = new Map<string, { value: V; until: number }>()
  return {
    issue(value) {
      for (const [key, { until }] of good) if (until <= world.now()) good.delete(key)
      if (good.size >= most) good.delete(good.keys().next().value!)
      const secret = world.random(16).toString('hex')
      good.set(hashSecret(secret), { value, until: world.now() + lifetime })
      return secret
    },
    redeem(secret) {
      const key = hashSecret(secret)
      const ticket = good.get(key)
      good.delete(key)
      return ticket && ticket.until > world.now() ? ticket.value : undefined
    },
  }
}
