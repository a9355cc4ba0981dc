/** Takes uploads into the replica in the given folder, on a port of loopback that it tells; made to be killed while it does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createUploads } from '../../main/links/portal/uploads/uploads.ts'
import { sweepIncoming } from '../../main/replica/files.ts'
import { sweepPartialFiles } from '../../main/replica/partial-files.ts'
import { findPhone } from '../../main/replica/phones.ts'
import { openReplica } from '../../main/replica/replica.ts'
import { realWorld } from '../../main/world.ts'

const [folder, phoneName] = process.argv.slice(2) as [string, string]
const replica = openReplica(folder, realWorld)
await sweepIncoming(replica)
await sweepPartialFiles(replica)
const phone = findPhone(replica, phoneName)!
const { routes } = createUploads({ replica, log: console.error })
const server = createServer((request, response) => {
  const rest = request.url!.slice('/portal/uploads/'.length)
  const visit = { request, response, phone, address: '', session: '' }
  routes.uploads(visit, rest === '' ? [] : [rest]).catch((error: unknown) => {
    console.error(error)
    response.destroy()
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
