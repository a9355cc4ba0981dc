/** Makes ready what reading properties needs. */

import { DAV } from '../../../formats/dav-namespaces.ts'
import type { Phone } from '../../../replica/phones.ts'
import type { Exchange, Quota } from '../exchange.ts'
import { type DeadProperties, deadProperties } from './dead.ts'
import type { PropertyContext } from './live.ts'
import { asksFor, type Selection } from './selection.ts'

/** Looks up the quota only if the request asks for it. */
export async function propertyContext(
  { replica, phone, limits, locks, quota }: Exchange,
  selection: Selection,
  dead: DeadProperties = deadProperties(replica, phone),
): Promise<PropertyContext> {
  const asked = asksFor(selection, DAV, ['quota-available-bytes', 'quota-used-bytes'])
  return { replica, phone, limits, locks, dead, quota: asked ? await quotaOf(quota, phone) : undefined }
}

async function quotaOf(quota: Quota, phone: Phone): Promise<PropertyContext['quota']> {
  return { used: quota.used(phone), available: await quota.available(phone) }
}
