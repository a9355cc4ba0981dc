/** Worker threads for jobs that keep a core busy. */
import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  type Answers,
  type CallChannel,
  type Calls,
  createCallChannel,
  type Message,
} from './worker-calls.ts'

export interface WorkerPool<Jobs extends Calls> {
  /**
   * Has a job done by a worker that has little to do.
   * @param weight what the job costs, in bytes.
   * @param options.transfer memory that moves with the job.
   * @param options.stay has it done by the first worker, so that what belongs together stays together.
   * @throws what the job threw, or what any worker failed with.
   */
  run<Name extends keyof Jobs & string>(
    name: Name,
    given: Parameters<Jobs[Name]>[0],
    weight: number,
    options?: { transfer?: ArrayBuffer[]; stay?: boolean },
  ): Promise<ReturnType<Jobs[Name]>>
  /** Has the job done by every worker that has had one. */
  runOnAll<Name extends keyof Jobs & string>(name: Name, given: Parameters<Jobs[Name]>[0]): Promise<void>
  /** Resolves once a worker has little left to do, so that jobs do not pile up; nothing to wait for if one has. */
  room(): Promise<void> | undefined
  close(): Promise<void>
}

interface Seat<Jobs extends Calls> {
  worker: Worker
  channel: CallChannel<Jobs>
  /** Of the jobs given and not done. */
  weight: number
}

// More would hardly be faster than a disk, and each has its own memory.
const MOST_WORKERS = 3
// Jobs keep little on the heap; without limits it grows far beyond what they need before garbage is collected.
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 }
const LITTLE = 4 * 1024 * 1024
const ENOUGH = 16 * 1024 * 1024
const ENOUGH_JOBS = 64

/**
 * Starts one worker, and more once it has much to do, so that little work stays together.
 * @param script the worker's module, which serves the jobs with `serveJobs`.
 * @param makeData the `workerData` of a worker.
 * @param answers what workers may ask.
 */
export function createWorkerPool<Jobs extends Calls, Questions extends Calls>(
  script: URL,
  makeData: () => unknown,
  answers: Answers<Questions>,
): WorkerPool<Jobs> {
  const size = Math.min(availableParallelism(), MOST_WORKERS)
  const seats: Seat<Jobs>[] = []
  let waitingForRoom: (() => void)[] = []
  let failed = false

  function addSeat(): Seat<Jobs> {
    const worker = new Worker(script, { workerData: makeData(), resourceLimits: LIMITS, env: workerEnv() })
    const channel = createCallChannel<Jobs, Questions>(
      (message, transfer) => worker.postMessage(message, transfer),
      answers,
    )
    worker.on('message', (message: Message) => channel.receive(message))
    worker.on('error', fail)
    worker.on('exit', (code) => fail(new Error(`a worker ended with code ${code}`)))
    const seat = { worker, channel, weight: 0 }
    seats.push(seat)
    return seat
  }

  function fail(error: unknown): void {
    failed = true
    for (const { channel } of seats) channel.fail(error)
    giveRoom()
  }

  function chooseSeat(): Seat<Jobs> {
    const free = seats.find(({ weight }) => weight < LITTLE)
    if (free) return free
    if (seats.length < size) return addSeat()
    return seats.reduce((least, seat) => (seat.weight < least.weight ? seat : least))
  }

  const hasRoom = () =>
    failed ||
    seats.length < size ||
    seats.some(({ weight, channel }) => weight < ENOUGH && channel.waiting < ENOUGH_JOBS)

  function giveRoom(): void {
    if (!hasRoom()) return
    for (const go of waitingForRoom) go()
    waitingForRoom = []
  }

  addSeat()

  return {
    async run(name, given, weight, { transfer = [], stay = false } = {}) {
      const seat = stay ? seats[0]! : chooseSeat()
      seat.weight += weight
      try {
        return await seat.channel.call(name, given, transfer)
      } finally {
        seat.weight -= weight
        giveRoom()
      }
    },
    async runOnAll(name, given) {
      await Promise.all(seats.map(({ channel }) => channel.call(name, given)))
    },
    room: () => (hasRoom() ? undefined : new Promise<void>((go) => waitingForRoom.push(go))),
    async close() {
      fail(new Error('the workers were sent home'))
      await Promise.all(seats.map(({ worker }) => worker.terminate()))
    },
  }
}

/** A compile cache that the program turned on serves its workers too: they start in a third of the time and memory. */
function workerEnv(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir()
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) }
}
