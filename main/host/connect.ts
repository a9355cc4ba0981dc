/** Reaches the engine of a data folder: the one that serves it, or else one opened in this process. */
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { createClient } from '../../preload/client.ts'
import type { Input, Method, Output } from '../../preload/contract.ts'
import { readPrivate } from '../private-file.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { PROTOCOL } from './control-server.ts'
import { openHere } from './open-here.ts'
import { socketCarrier } from './socket-carrier.ts'

export interface Connection {
  call<M extends Method>(method: M, input: Input<M>, watch?: Watch): Promise<Output<M>>
  close(): Promise<void>
}

const controlSchema = z.object({ url: z.string(), token: z.string(), pid: z.number() })
export type Control = z.infer<typeof controlSchema>

/** The file in which a serving engine says how to reach it. */
export function controlFile(dataFolder: string): string {
  return join(dataFolder, 'control.json')
}

/** @throws Problem as `openEngine` does, when the engine has to be opened here. */
export async function connect(dataFolder: string, log: (line: string) => void): Promise<Connection> {
  const control = await readControl(dataFolder)
  const socket = control && (await openSocket(control))
  if (!socket) return openHere(dataFolder, log)
  const { call, close } = createClient(
    socketCarrier(socket),
    ({ code, sentence, next }) => new Problem(code as ProblemCode, sentence, next),
  )
  return { call, close: async () => close() }
}

/** How to reach the engine that serves the folder; undefined where none says so. */
export async function readControl(dataFolder: string): Promise<Control | undefined> {
  const text = await readPrivate(controlFile(dataFolder))
  if (text === undefined) return undefined
  try {
    return controlSchema.parse(JSON.parse(text))
  } catch {
    // Cut off while it was written, by an engine that is gone: no engine to be reached.
    return undefined
  }
}

// A killed engine leaves its file behind; another program may even have its port by now, and does not know the token.
function openSocket({ url, token }: Control): Promise<WebSocket | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, [PROTOCOL, token], { handshakeTimeout: 2000, perMessageDeflate: false })
    socket.once('open', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}
