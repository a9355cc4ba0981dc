/** PATCH as Nextcloud has it: works out a file's checksum of the kind that `X-Recalculate-Hash` names, and remembers it. */
import { rememberChecksum } from '../../../replica/checksums.ts'
import { readFile } from '../../../replica/open-file.ts'
import { answer } from '../answer.ts'
import { checksumKind, createDigest } from '../checksum.ts'
import type { Exchange } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import { exists } from '../resource.ts'
import { allowedMethods } from './allowed.ts'

export async function patch({ replica, request, response, resource }: Exchange): Promise<void> {
  if (!exists(resource)) throw new Refusal(404)
  const fileId = resource.type === 'item' ? resource.item.fileId : null
  if (fileId === null) throw new Refusal(405, '', { Allow: allowedMethods(resource) })
  const kind = checksumKind(String(request.headers['x-recalculate-hash'] ?? ''))
  if (!kind) throw new Refusal(400)
  const digest = createDigest(kind)
  for await (const bytes of readFile(replica, fileId) as AsyncIterable<Buffer>) digest.update(bytes)
  const value = digest.value()
  await replica.write((tx) => rememberChecksum(tx, fileId, { kind, value }))
  answer(response, 204, { 'OC-Checksum': `${kind}:${value}` })
}
