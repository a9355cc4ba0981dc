/** How safe things are, asked again whenever that may have changed. */
import { useEffect, useRef } from 'react'
import { useEngine } from '../engine/engine.tsx'
import { useAnswer } from '../engine/use-call.ts'
import { useEvent } from '../engine/use-event.ts'

/** Changes come in bursts while a phone syncs; one answer stands for all of them. */
const ASK_AFTER = 500
/** Time alone makes a backup overdue. */
const ASK_AT_LEAST = 60_000

export function useSafety() {
  const answer = useAnswer('status.show', {})
  const { reload } = answer
  const seq = useEvent('changed')?.seq
  const ended = useEvent('work')?.ended
  const { acted } = useEngine()
  const state = `${seq} ${ended} ${acted}`
  const told = useRef(state)

  useEffect(() => {
    if (told.current === state) return
    told.current = state
    const timer = window.setTimeout(reload, ASK_AFTER)
    return () => window.clearTimeout(timer)
  }, [state, reload])

  useEffect(() => {
    const timer = window.setInterval(reload, ASK_AT_LEAST)
    return () => window.clearInterval(timer)
  }, [reload])

  return answer
}
