/** Streams as answers: an error before the first byte is answered as one, and no client gets a part for the whole. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Visit } from '../visit.ts'

/**
 * Sends a stream; resolves when it is sent, or when the client has left.
 * @param head writes the status and headers; called once the first bytes are there.
 */
export async function sendStream({ response }: Visit, stream: Readable, head: () => void): Promise<void> {
  try {
    await once(stream, 'readable')
    head()
    await pipeline(stream, response)
  } catch (error) {
    stream.destroy()
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
