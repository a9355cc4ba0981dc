/** Sends one file by tus, going on where an earlier try was cut off, also one of another day and page. */
import { DetailedError, defaultOptions, Upload } from 'tus-js-client'
import { portalPaths } from '../../../preload/portal.ts'
import { failureOf, Unreachable } from '../call.ts'
import type { Entry } from './queue.ts'
import { NotReadable } from './uploader.ts'

// A dead connection may stay open without a word; a phone that gets nothing through for so long looks for a new one.
const SILENCE_MS = 30_000
// The computer may not have noticed yet that our last connection is gone, and then keeps the upload locked for it.
const LOCKED_DELAYS = [500, 1500, 3000, 5000]

const fingerprintOf = (hash: string) => `sidekeep-${hash}`

/**
 * @param progress hears how many bytes of the file have been sent in all.
 * @throws Unreachable (and reports it), NotReadable, and what `failureOf` makes of a refusal.
 */
export async function sendFile(
  { file, hash, picked }: Entry & { hash: string },
  progress: (sent: number) => void,
  signal: AbortSignal,
  report: (reachable: boolean) => void,
): Promise<void> {
  try {
    await sendByTus(file, metadataOf(file, hash, picked), fingerprintOf(hash), progress, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const failure = await translate(error, file)
    if (failure instanceof Unreachable) report(false)
    throw failure
  }
}

function metadataOf(file: File, sha256: string, picked: string): Record<string, string> {
  return { filename: file.name, filetype: file.type, sha256, modified: String(file.lastModified), picked }
}

async function sendByTus(
  file: File,
  metadata: Record<string, string>,
  fingerprint: string,
  progress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let silence: ReturnType<typeof setTimeout> | undefined
  let upload: Upload | undefined
  let stop: (() => void) | undefined
  let ended = false
  try {
    await new Promise<void>((resolve, reject) => {
      const listen = () => {
        clearTimeout(silence)
        silence = setTimeout(() => reject(new Unreachable()), SILENCE_MS)
      }
      stop = () => reject(new DOMException('stopped', 'AbortError'))
      signal.addEventListener('abort', stop)
      upload = new Upload(file, {
        endpoint: portalPaths.uploads,
        metadata,
        fingerprint: async () => fingerprint,
        removeFingerprintOnSuccess: true,
        retryDelays: LOCKED_DELAYS,
        onAfterResponse: (request, response) => {
          // A computer that is just starting cannot tell how far it is. The library would begin anew; so this counts as no answer.
          if (request.getMethod() === 'HEAD' && response.getStatus() >= 500) throw new Unreachable()
        },
        onShouldRetry: (error) => [409, 423].includes(error.originalResponse?.getStatus() ?? 0),
        onProgress: (sent) => {
          listen()
          progress(sent)
        },
        onSuccess: () => {
          ended = true
          resolve()
        },
        onError: (error) => {
          ended = true
          reject(error)
        },
      })
      listen()
      resumeAndStart(upload).catch(reject)
    })
  } finally {
    clearTimeout(silence)
    if (stop) signal.removeEventListener('abort', stop)
    // One that has ended by itself must not be aborted: the answer that it failed with would be gone.
    if (!ended) await upload?.abort()
  }
}

async function resumeAndStart(upload: Upload): Promise<void> {
  const [previous] = await upload.findPreviousUploads()
  if (previous) upload.resumeFromPreviousUpload(previous)
  upload.start()
}

async function translate(error: unknown, file: File): Promise<Error> {
  if (!(error instanceof DetailedError)) return error instanceof Error ? error : new Error(String(error))
  const response = error.originalResponse
  const status = response?.getStatus() ?? 0
  if (status === 0) return (await canRead(file)) ? new Unreachable() : new NotReadable()
  return failureOf(status, response?.getBody() ?? '')
}

// A request fails in the same way when the network is gone and when the phone took the file away.
async function canRead(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer()
    return true
  } catch {
    return false
  }
}

/** Lets the computer forget a file that will not be finished. What cannot be told now, it sweeps away by itself. */
export async function discardUpload(hash: string): Promise<void> {
  const storage = defaultOptions.urlStorage
  for (const { uploadUrl, urlStorageKey } of await storage.findUploadsByFingerprint(fingerprintOf(hash))) {
    await storage.removeUpload(urlStorageKey)
    if (uploadUrl) await Upload.terminate(uploadUrl)
  }
}
