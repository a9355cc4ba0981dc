/** Reaches the engine of a data folder: the one that serves it, or else one opened in this process. */
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { contract, type Input, type Method, messageSchema, type Output } from '../../preload/contract.ts'
import { readPrivate } from '../private-file.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { Watch } from '../progress.ts'
import { openHere } from './open-here.ts'

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
  if (control && (await answers(control))) {
    return {
      call: (method, input, watch = {}) => callOver(control, method, input, watch),
      close: async () => undefined,
    }
  }
  return openHere(dataFolder, log)
}

async function readControl(dataFolder: string): Promise<Control | undefined> {
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
function answers({ url, token }: Control): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(url, {
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
      timeout: 2000,
    })
    probe.on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 405)
    })
    probe.on('timeout', () => probe.destroy())
    probe.on('error', () => resolve(false))
    probe.end()
  })
}

function callOver<M extends Method>(
  control: Control,
  method: M,
  input: Input<M>,
  watch: Watch,
): Promise<Output<M>> {
  return new Promise((resolve, reject) => {
    const sent = request(control.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
      // On a connection kept from before, the call could meet the engine's closing of it.
      agent: false,
      ...(watch.signal ? { signal: watch.signal } : {}),
    })
    const lost = (cause?: unknown) => {
      const cancelled = watch.signal?.aborted
      reject(
        cancelled
          ? new Problem('cancelled', 'Stopped, as asked.', 'Start it again at any time.')
          : new Problem(
              'unreachable',
              'Sidekeep stopped answering.',
              'See whether it still runs, then try again.',
              { cause },
            ),
      )
    }
    sent.on('error', lost)
    sent.on('response', (response) => {
      response.on('error', lost)
      const lines = createInterface({ input: response })
      lines.on('line', (line) => {
        const message = messageSchema.parse(JSON.parse(line))
        if ('progress' in message) watch.report?.(message.progress)
        else if ('problem' in message) {
          const { code, sentence, next } = message.problem
          reject(new Problem(code as ProblemCode, sentence, next))
        } else resolve(contract[method].output.parse(message.result) as Output<M>)
      })
      lines.on('close', () => lost())
    })
    sent.end(JSON.stringify({ method, input }))
  })
}
