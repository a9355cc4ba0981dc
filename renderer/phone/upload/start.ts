/** Wires the uploader to the browser: worker, tus, network, wake lock, and a warning before the page is closed. */
import type { Call } from '../call.ts'
import type { Connection } from '../connection.ts'
import { words } from '../words.ts'
import { createHasher } from './hasher.ts'
import { createQueue } from './queue.ts'
import { discardUpload, sendFile } from './send.ts'
import { type Activity, createUploader, type Uploader } from './uploader.ts'
import { createWakeLock } from './wake-lock.ts'

const AT_WORK: readonly Activity[] = ['comparing', 'sending', 'checking']
const UNFINISHED: readonly Activity[] = [...AT_WORK, 'paused', 'no-network']

export function startUploads(call: Call, connection: Connection): Uploader {
  const log = (error: unknown) => console.error(error)
  const uploader = createUploader({
    queue: createQueue(),
    hash: createHasher(),
    known: async (hashes) => (await call('photos.known', { hashes })).known,
    send: (entry, progress, signal) => sendFile(entry, progress, signal, connection.report),
    verify: async (hashes) => (await call('photos.verify', { hashes })).files,
    discard: (hash) => void discardUpload(hash).catch(log),
    reachable: connection.reachable,
    now: Date.now,
    log,
  })
  connection.watch(uploader.networkChanged)
  const keepAwake = createWakeLock()
  uploader.watch(() => keepAwake(AT_WORK.includes(uploader.activity())))
  window.addEventListener('beforeunload', (event) => {
    if (!UNFINISHED.includes(uploader.activity())) return
    event.preventDefault()
    // Old browsers want a text, and show their own.
    event.returnValue = words.photos.leaving
  })
  return uploader
}
