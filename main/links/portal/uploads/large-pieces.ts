/** A request's body as a web stream of large pieces: what many streams hand on costs by the piece. */
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream'
import { release } from '../../../memory.ts'

// TLS brings 16 kB at a time.
const PIECE = 256 * 1024
// So long a piece waits for more, in milliseconds. From a slow phone, bytes are taken as they come.
const PATIENCE = 20

type Controller = ReadableStreamDefaultController<Uint8Array>

/**
 * Touches the request only once someone reads; when they stop early, the rest of the body goes nowhere and the connection stays, for the
 * answer. Where the body breaks off, the stream fails after all that came.
 */
export function inLargePieces(request: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: Buffer[] = []
  let length = 0
  let late: NodeJS.Timeout | undefined
  let over: (() => void) | undefined
  let isWanted = false
  let letGo: (() => void) | undefined

  function listen(controller: Controller): () => void {
    const hand = () => {
      clearTimeout(late)
      late = undefined
      if (length === 0) return
      controller.enqueue(Buffer.concat(chunks, length))
      chunks.forEach(release)
      chunks = []
      length = 0
      isWanted = false
      request.pause()
    }
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length >= PIECE) hand()
      else late ??= setTimeout(hand, PATIENCE)
    }
    request.on('data', take)
    const forget = finished(request, (error) => {
      hand()
      over = () => (error ? controller.error(error) : controller.close())
      // An error makes a stream forget what nobody took yet, so it waits until they have.
      if (isWanted) over()
    })
    return () => {
      clearTimeout(late)
      request.off('data', take)
      forget()
      request.resume()
    }
  }

  const source = {
    pull(controller: Controller) {
      if (over) return over()
      isWanted = true
      letGo ??= listen(controller)
      request.resume()
    },
    cancel: () => letGo?.(),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
