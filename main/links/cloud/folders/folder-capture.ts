/** Captures the photos and films of a WebDAV folder: what is new or changed by path, size and time. */
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import type { CaptureSink } from '../../link.ts'
import type { Transport } from '../transport.ts'
import { listFolder, type RemoteFile, refused } from './folder-listing.ts'

/** @throws Problem when the folder can't be read. Cut off, the next capture goes on with what is not here yet. */
export async function captureFolder(
  transport: Transport,
  root: URL,
  sink: CaptureSink,
  watch: Watch,
): Promise<void> {
  for (const file of await listFolder(transport, root, sink.missed, watch)) {
    stopIfAsked(watch)
    if (!sink.hasFile(file)) await take(transport, file, sink)
  }
}

async function take(transport: Transport, file: RemoteFile, sink: CaptureSink): Promise<void> {
  let broken: Error | undefined
  const open = async () => {
    const { status, body } = await transport.open(file.url)
    if (status !== 200) throw refused(file.url, status)
    return body.once('error', (error) => {
      broken = error
    })
  }
  try {
    await sink.file({ ...file, open })
  } catch (error) {
    if (error === broken) throw brokenOff(file.url, error)
    // One that changed or vanished meanwhile, or that no library can have, stops no other; a server that is down stops all.
    if (!(error instanceof Problem) || error.code === 'cancelled' || error.cause !== undefined) throw error
    sink.missed(file.path, error.message)
  }
}

function brokenOff({ host }: URL, cause: unknown): Problem {
  return new Problem(
    'unreachable',
    `${host} broke off in the middle of a file.`,
    'What came before is kept, and the next time it goes on there.',
    { cause },
  )
}
