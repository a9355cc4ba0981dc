/** Reports on principals (RFC 3744, 9). There is one to be found: the phone that asks. */

import { DAV } from '../../../formats/dav-namespaces.ts'
import { childElements, findChild, PREFIX_DECLARATIONS, type XmlElement } from '../../../formats/xml.ts'
import { answerMultistatus, answerXml, responseElement } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { propertyContext } from '../properties/context.ts'
import { propstatsOf, selectNamed } from '../properties/selection.ts'
import { Refusal } from '../refusal.ts'
import type { Existing } from '../resource.ts'
import { principalHref } from '../urls.ts'
import { unsupportedReport } from './report.ts'

/** principal-search-property-set: which properties principals can be searched by. None, for no one else is to be found. */
export async function principalSearchPropertySet(exchange: Exchange, resource: Existing): Promise<void> {
  if (!holdsPrincipals(resource)) throw unsupportedReport()
  answerXml(exchange, 200, `<d:principal-search-property-set${PREFIX_DECLARATIONS}/>`)
}

/** principal-match: the principals here that are the one who asks. */
export async function principalMatch(
  exchange: Exchange,
  resource: Existing,
  body: XmlElement,
): Promise<void> {
  if (!holdsPrincipals(resource)) throw unsupportedReport()
  if (!findChild(body, DAV, 'self')) throw new Refusal(403, '<d:supported-report/>')
  const prop = findChild(body, DAV, 'prop')
  const selection = selectNamed(prop ? childElements(prop) : [], false)
  const principal: Existing = { type: 'principal', href: principalHref(exchange.phone) }
  const context = await propertyContext(exchange, selection)
  await answerMultistatus(exchange, [
    responseElement(principal.href, propstatsOf(principal, selection, context)),
  ])
}

function holdsPrincipals({ type }: Existing): boolean {
  return type === 'signpost' || type === 'principal'
}
