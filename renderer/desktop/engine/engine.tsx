/** The engine as the window's parts see it: calls, events, and whether anyone answers. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import { type Client, createClient, type ProblemData } from '../../../preload/client.ts'
import type { Carrier } from '../../../preload/wire.ts'
import { openView, type ViewDatabase } from '../view/database.ts'
import { type Filling, followView } from '../view/follow.ts'

/** What a call could not do: a sentence for a person, and what to do next. */
export class Trouble extends Error {
  readonly code: string
  readonly next: string
  constructor({ code, sentence, next }: ProblemData) {
    super(sentence)
    this.code = code
    this.next = next
  }
}

export interface Engine {
  client: Client
  view: ViewDatabase
  /** How far the window's view is from being full for the first time; null once it is. */
  filling: Filling | null
  /** How often someone did something in this window; what shows results asks again. */
  acted: number
  noteAct(): void
}

const EngineContext = createContext<Engine | null>(null)

/** @throws Error outside of a window that has its engine. */
export function useEngine(): Engine {
  const engine = useContext(EngineContext)
  if (!engine) throw new Error('There is no engine here.')
  return engine
}

const TRY_AGAIN_AFTER = 2000

/**
 * Keeps a connection to the engine, and a new one when it is lost.
 * @param open makes a carrier, or fails. @param waiting is shown as long as there is none; `wasHere` tells that there was one before.
 */
export function EngineProvider({
  open,
  waiting,
  children,
}: {
  open: () => Promise<Carrier>
  waiting: (wasHere: boolean) => ReactNode
  children: ReactNode
}) {
  const [view] = useState(() => openView('sidekeep'))
  const [client, setClient] = useState<Client | null>(null)
  const [wasHere, setWasHere] = useState(false)
  const [filling, setFilling] = useState<Filling | null>(null)
  const [acted, setActed] = useState(0)
  const noteAct = useCallback(() => setActed((last) => last + 1), [])

  useEffect(() => {
    let isOver = false
    let current: Client | undefined
    let timer: number | undefined
    const again = () => {
      if (!isOver) timer = window.setTimeout(connect, TRY_AGAIN_AFTER)
    }
    const connect = () => {
      open().then((carrier) => {
        if (isOver) return carrier.close()
        current = createClient(
          carrier,
          (problem) => new Trouble(problem),
          () => {
            setClient(null)
            again()
          },
        )
        setWasHere(true)
        setClient(current)
      }, again)
    }
    connect()
    return () => {
      isOver = true
      window.clearTimeout(timer)
      current?.close()
    }
  }, [open])

  useEffect(() => {
    if (!client) return
    const failed = (error: unknown) => console.error('The view could not be brought up to date', error)
    const { stop } = followView(view, client, { filling: setFilling, failed })
    return stop
  }, [client, view])

  if (!client) return waiting(wasHere)
  return <EngineContext value={{ client, view, filling, acted, noteAct }}>{children}</EngineContext>
}
