/** The worker's end of a pool: does its jobs one after the other. */
import { parentPort } from 'node:worker_threads'
import { type Answers, type Call, type Calls, createCallChannel, type Message } from './worker-calls.ts'

/** Serves jobs until the pool is closed; returns how to ask the thread that gives them. */
export function serveJobs<Jobs extends Calls, Questions extends Calls>(jobs: Answers<Jobs>): Call<Questions> {
  const port = parentPort!
  let lastJob: Promise<unknown> = Promise.resolve()

  const inTurn = Object.fromEntries(
    Object.entries(jobs).map(([name, work]) => [
      name,
      (given: never) => {
        const done = lastJob.then(() => work(given))
        lastJob = done.catch(() => undefined)
        return done
      },
    ]),
  ) as Answers<Jobs>

  const channel = createCallChannel<Questions, Jobs>(
    (message, transfer) => port.postMessage(message, transfer),
    inTurn,
  )
  port.on('message', (message: Message) => channel.receive(message))
  return channel.call
}
