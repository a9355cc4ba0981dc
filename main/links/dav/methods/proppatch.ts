/** PROPPATCH: sets and removes properties (RFC 4918, 9.2). */

import { DAV } from '../../../formats/dav-namespaces.ts'
import { answerMultistatus, responseElement } from '../answer.ts'
import { expectRoot, readXml } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import { checkLocks, checkPreconditions } from '../preconditions.ts'
import { applyChanges, readChanges, successPropstat } from '../properties/update.ts'
import { Refusal } from '../refusal.ts'
import { exists, resolve } from '../resource.ts'

export async function proppatch(exchange: Exchange): Promise<void> {
  const { replica, phone, path } = exchange
  const changes = readChanges(expectRoot(await readXml(exchange), DAV, 'propertyupdate'))
  const { href, failures } = await replica.write((tx) => {
    const resource = resolve(tx, phone, path)
    checkPreconditions(tx, exchange, resource)
    if (!exists(resource)) throw new Refusal(404)
    checkLocks(exchange, { resource })
    return { href: resource.href, failures: applyChanges(tx, phone, resource, changes) }
  })
  await answerMultistatus(exchange, [responseElement(href, failures ?? successPropstat(changes))])
}
