/** One-time secrets and cookies are kept, looked up and compared by their hash only: the time it takes tells nothing about them. */
import { createHash } from 'node:crypto'

/** @param secret of 100 bits or more; a password that people choose needs a slow hash instead. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
