/** What becomes of tests whose ground is missing: skipped by name on a developer's machine, failed in CI. */
import { it } from 'vitest'

/** Call inside `describe`, in place of the tests that cannot run. */
export function reportMissing(what: string): void {
  const declare = process.env.CI === 'true' ? it : it.skip
  declare(what, () => {
    throw new Error(what)
  })
}
