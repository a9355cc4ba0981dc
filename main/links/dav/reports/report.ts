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

/** Stands beside status 507 of the collection itself, when there is more than was asked for (RFC 6578, 3.6; RFC 6352, 8.6.2). */
export const LIMIT_ERROR = '<d:error><d:number-of-matches-within-limits/></d:error>'
