/** What every report is. */
import type { Exchange } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import type { Existing } from '../resource.ts'
import type { XmlElement } from '../xml.ts'

/** Answers a report on a resource, or throws a Refusal. */
export type Report = (exchange: Exchange, resource: Existing, body: XmlElement) => Promise<void>

/** The refusal of a report that the resource does not answer (RFC 3253, 3.6). */
export function unsupportedReport(): Refusal {
  return new Refusal(403, '<d:supported-report/>')
}
