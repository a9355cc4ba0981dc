/** How safe something is, by its shape first: told apart without colour. The words stand beside it. */
import type { SafetyState } from '../../../preload/safety.ts'
import classes from './state-sign.module.css'

const SHAPES: Record<SafetyState, { outline: string; mark: string }> = {
  safe: { outline: 'M12 2 20 5v6c0 5-3.4 9-8 11-4.600-2-8-6-8-11V5z', mark: 'm8 12 3 3 5-6' },
  attention: { outline: 'M12 3 22 20.500H2z', mark: 'M12 10v5m0 2.500v.1' },
  danger: { outline: 'M8 2h8l6 6v8l-6 6H8l-6-6V8z', mark: 'M12 7v6.500m0 3v.1' },
  empty: { outline: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', mark: 'M8 12h8' },
}

/** @param size pixels. */
export function StateSign({ state, size }: { state: SafetyState; size: number }) {
  const { outline, mark } = SHAPES[state]
  return (
    <svg className={classes[state]} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={outline} className={classes.outline} />
      <path d={mark} className={classes.mark} />
    </svg>
  )
}
