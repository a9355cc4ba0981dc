/** Posts one file and tells how far it is, which `fetch` cannot. */
import { failureOf, Unreachable } from './call.ts'

/**
 * @param progress hears how many bytes have been sent.
 * @returns the answer's body. @throws as `Call` does.
 */
export function postFile(
  path: string,
  file: Blob,
  type: string,
  progress: (sent: number) => void,
  signal: AbortSignal,
  report: (reachable: boolean) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    request.setRequestHeader('Content-Type', type)
    request.upload.addEventListener('progress', ({ loaded }) => progress(loaded))
    request.addEventListener('load', () => {
      report(true)
      if (request.status === 200) resolve(request.responseText)
      else reject(failureOf(request.status, request.responseText))
    })
    request.addEventListener('error', () => {
      report(false)
      reject(new Unreachable())
    })
    request.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}
