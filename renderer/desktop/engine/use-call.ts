/** Calls to the engine as a part of a page sees them: what came, what went wrong, and doing it again. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Input, Method, Output } from '../../../preload/contract.ts'
import { Trouble, useEngine } from './engine.tsx'

export interface Answer<M extends Method> {
  data: Output<M> | undefined
  trouble: Trouble | undefined
  /** Asks again; what is there is shown until then. */
  reload(): void
}

/** Asks when it is first shown, and when the input is another one. */
export function useAnswer<M extends Method>(method: M, input: Input<M>): Answer<M> {
  const { client } = useEngine()
  const [data, setData] = useState<Output<M>>()
  const [trouble, setTrouble] = useState<Trouble>()
  const key = JSON.stringify(input)

  const ask = useCallback(() => {
    let isOld = false
    client.call(method, JSON.parse(key)).then(
      (answer) => {
        if (isOld) return
        setData(answer)
        setTrouble(undefined)
      },
      (error: unknown) => {
        if (!isOld) setTrouble(troubleOf(error))
      },
    )
    return () => {
      isOld = true
    }
  }, [client, method, key])

  useEffect(() => ask(), [ask])
  return { data, trouble, reload: ask }
}

export interface Action<M extends Method> {
  run(input: Input<M>): Promise<Output<M> | undefined>
  isRunning: boolean
  trouble: Trouble | undefined
}

/** A call that someone makes by a button. Its progress is seen among all that is being done. */
export function useAction<M extends Method>(method: M): Action<M> {
  const { client, noteAct } = useEngine()
  const [isRunning, setRunning] = useState(false)
  const [trouble, setTrouble] = useState<Trouble>()
  const isShown = useRef(true)
  useEffect(() => {
    isShown.current = true
    return () => {
      isShown.current = false
    }
  }, [])

  async function run(input: Input<M>): Promise<Output<M> | undefined> {
    setRunning(true)
    setTrouble(undefined)
    try {
      return await client.call(method, input)
    } catch (error) {
      const told = troubleOf(error)
      // Who stopped it knows.
      if (isShown.current && told.code !== 'cancelled') setTrouble(told)
      return undefined
    } finally {
      noteAct()
      if (isShown.current) setRunning(false)
    }
  }

  return { run, isRunning, trouble }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  throw error
}
