/** SHA-256 of files in a worker, one after the other. */
import type { HashAnswer, HashRequest } from '../workers/hash-message.ts'
import { NotReadable } from './uploader.ts'

/** @returns a function that hashes one file; it throws NotReadable, or what the signal aborts with. */
export function createHasher(): (file: File, signal: AbortSignal) => Promise<string> {
  let worker: Worker | undefined
  let lastId = 0
  // A worker reads one file at a time; the next waits until the last has ended, stopped or not.
  let last: Promise<unknown> = Promise.resolve()

  function hash(file: File, signal: AbortSignal): Promise<string> {
    const id = ++lastId
    worker ??= new Worker(new URL('../workers/hash-worker.ts', import.meta.url), { type: 'module' })
    return ask(worker, { id, file }, signal)
  }

  return (file, signal) => {
    const mine = last.then(() => hash(file, signal))
    last = mine.catch(() => undefined)
    return mine
  }
}

function ask(worker: Worker, request: { id: number; file: File }, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.removeEventListener('message', hear)
      worker.removeEventListener('error', crash)
      signal.removeEventListener('abort', stop)
    }
    const post = (message: HashRequest) => worker.postMessage(message)
    function hear({ data }: MessageEvent<HashAnswer>) {
      if (data.id !== request.id) return
      done()
      if ('hash' in data) resolve(data.hash)
      else reject(new NotReadable())
    }
    function crash(event: ErrorEvent) {
      done()
      reject(new Error(`the hash worker failed: ${event.message}`))
    }
    function stop() {
      done()
      post({ stop: request.id })
      reject(new DOMException('stopped', 'AbortError'))
    }
    if (signal.aborted) return reject(new DOMException('stopped', 'AbortError'))
    worker.addEventListener('message', hear)
    worker.addEventListener('error', crash)
    signal.addEventListener('abort', stop)
    post(request)
  })
}
