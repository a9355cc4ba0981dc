/** The newest state that an event of the engine told. */
import { useEffect, useState } from 'react'
import type { EventName, EventPayload } from '../../../preload/events.ts'
import { useEngine } from './engine.tsx'

export function useEvent<E extends EventName>(event: E): EventPayload<E> | undefined {
  const { client } = useEngine()
  const [state, setState] = useState<EventPayload<E>>()
  useEffect(() => client.on(event, setState), [client, event])
  return state
}
