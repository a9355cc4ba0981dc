/** What every report is. */

import { findChild, textOf, type XmlElement } from '../../../formats/xml.ts'
import type { Exchange } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import type { Existing } from '../resource.ts'

/** Answers a report on a resource, or throws a Refusal. */
export type Report = (exchange: Exchange, resource: Existing, body: XmlElement) => Promise<void>

/** The refusal of a report that the resource does not answer (RFC 3253, 3.6). */
export function unsupportedReport(): Refusal {
  return new Refusal(403, '<d:supported-report/>')
}

/** Stands beside status 507 of the collection itself, when there is more than was asked for (RFC 6578, 3.6; RFC 6352, 8.6.2). */
export const LIMIT_ERROR = '<d:error><d:number-of-matches-within-limits/></d:error>'

/** Most results that a report wants, in `limit` of its namespace; infinity when it does not say. @throws Refusal 400 for no number. */
export function readLimit(report: XmlElement, namespace: string): number {
  const limit = findChild(report, namespace, 'limit')
  const results = limit && findChild(limit, namespace, 'nresults')
  if (!results) return Number.POSITIVE_INFINITY
  const most = Number(textOf(results))
  if (!Number.isSafeInteger(most) || most < 1) throw new Refusal(400)
  return most
}
