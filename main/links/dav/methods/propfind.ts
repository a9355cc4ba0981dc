/** PROPFIND: properties of a resource and of what lies in it (RFC 4918, 9.1). */
import { answerMultistatus, responseElement } from '../answer.ts'
import { readXml } from '../body.ts'
import { type Depth, type Exchange, readDepth } from '../exchange.ts'
import { membersOf } from '../members.ts'
import { preferenceApplied, wantsMinimal } from '../prefer.ts'
import { propertyContext } from '../properties/context.ts'
import { deadPropertiesBelow } from '../properties/dead.ts'
import type { PropertyContext } from '../properties/live.ts'
import { propstatsOf, type Selection, selectByPropfind } from '../properties/selection.ts'
import { Refusal } from '../refusal.ts'
import { type Existing, exists } from '../resource.ts'

export async function propfind(exchange: Exchange): Promise<void> {
  const { request, replica, phone } = exchange
  const depth = readDepth(request, 'infinity')
  const minimal = wantsMinimal(request)
  const selection = selectByPropfind(await readXml(exchange), minimal)
  const { resource } = exchange
  if (!exists(resource)) throw new Refusal(404)
  const context = await propertyContext(exchange, selection, deadPropertiesBelow(replica, phone, resource))
  const responses = responsesOf(listed(exchange, resource, depth), selection, context)
  await answerMultistatus(exchange, responses, preferenceApplied(minimal))
}

function listed({ replica, phone, limits }: Exchange, resource: Existing, depth: Depth): Existing[] {
  if (depth === 0) return [resource]
  const below = depth === 'infinity'
  if (below && (resource.type === 'signpost' || resource.type === 'home')) throw finiteDepth()
  const members = membersOf(replica, phone, resource, below)
  if (below && members.length > limits.listed) throw finiteDepth()
  return [resource, ...members]
}

function finiteDepth(): Refusal {
  return new Refusal(403, '<d:propfind-finite-depth/>')
}

function* responsesOf(
  resources: Existing[],
  selection: Selection,
  context: PropertyContext,
): Generator<string> {
  for (const resource of resources) {
    yield responseElement(resource.href, propstatsOf(resource, selection, context))
  }
}
