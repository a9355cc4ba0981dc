/** Puts photos and films back into a WebDAV folder, each to its path; what is there is never written over. */
import { Problem } from '../../../problem.ts'
import { stopIfAsked, type Watch } from '../../../progress.ts'
import type { CapturedFile, SendReport, SendRequest } from '../../link.ts'
import type { Transport } from '../transport.ts'
import { listFolder, refused } from './folder-listing.ts'

/** @throws Problem when the folder can't be read or written at all. Run again, it goes on. */
export async function sendToFolder(
  transport: Transport,
  root: URL,
  request: SendRequest,
  watch: Watch,
): Promise<SendReport> {
  const report: SendReport = { added: 0, changed: 0, unchanged: 0, failed: [], next: null }
  for (const { name } of request.items)
    report.failed.push({ name, reason: 'A folder holds photos and videos.' })
  const there = new Map(
    (await listFolder(transport, root, () => undefined, watch)).map(({ path, size }) => [path, size]),
  )
  const made = new Set<string>()
  const progress = {
    phase: 'Sending photos',
    items: 0,
    itemsTotal: request.files.length,
    bytes: 0,
    bytesTotal: null,
  }
  for (const file of request.files) {
    stopIfAsked(watch)
    progress.items++
    const size = there.get(file.path)
    if (size === file.size) {
      report.unchanged++
    } else if (size !== undefined) {
      report.failed.push({ name: file.path, reason: 'Another file of that name is there.' })
    } else if (request.dryRun) {
      report.added++
    } else {
      const reason = await put(transport, root, file, made)
      if (reason === null) report.added++
      else report.failed.push({ name: file.path, reason })
    }
    progress.bytes += file.size
    watch.report?.({ ...progress })
  }
  return report
}

/** @returns why not; null when it is there. */
async function put(
  transport: Transport,
  root: URL,
  file: CapturedFile,
  made: Set<string>,
): Promise<string | null> {
  const names = file.path.split('/').map(encodeURIComponent)
  for (let n = 1; n < names.length; n++) {
    const folder = new URL(`${names.slice(0, n).join('/')}/`, root)
    if (made.has(folder.href)) continue
    // 405 says that it is there (RFC 4918, 9.3.1).
    const { status } = await transport.send('MKCOL', folder)
    if (status >= 300 && status !== 405) return `Its folder could not be made (${status}).`
    made.add(folder.href)
  }
  const url = new URL(names.join('/'), root)
  const { status } = await transport.send('PUT', url, {
    body: () => file.open(),
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(file.size),
      'if-none-match': '*',
      // Nextcloud, ownCloud and rclone keep the time by it, in seconds.
      'x-oc-mtime': String(Math.floor(file.modifiedAt / 1000)),
    },
  })
  if (status >= 500 && status !== 507) throw refused(url, status)
  if (status === 507) return 'The account is full.'
  if (status === 412) return 'Another file of that name came meanwhile.'
  if (status >= 300) return `The server answered ${status}.`
  return (await isWhole(transport, url, file.size)) ? null : 'It did not arrive whole.'
}

async function isWhole(transport: Transport, url: URL, size: number): Promise<boolean> {
  const { status, headers } = await transport.send('HEAD', url)
  if (status !== 200)
    throw new Problem('unreachable', `${url.host} does not show what it took.`, 'Try again.')
  return Number(headers.get('content-length')) === size
}
