/** REPORT: one method, many questions (RFC 3253, 3.6); each has its own file in `reports/`. */

import { CALDAV, CARDDAV, DAV, OWNCLOUD } from '../../../formats/dav-namespaces.ts'
import { readXml } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import { Refusal } from '../refusal.ts'
import { expandProperty } from '../reports/expand-property.ts'
import { filterFiles } from '../reports/filter-files.ts'
import { freeBusyQuery } from '../reports/free-busy.ts'
import { multiget } from '../reports/multiget.ts'
import { principalMatch, principalSearchPropertySet } from '../reports/principals.ts'
import { addressbookQuery, calendarQuery } from '../reports/query.ts'
import { type Report, unsupportedReport } from '../reports/report.ts'
import { syncCollection } from '../reports/sync-collection.ts'
import { exists } from '../resource.ts'

const REPORTS = new Map<string, Report>([
  [`{${DAV}}sync-collection`, syncCollection],
  [`{${DAV}}expand-property`, expandProperty],
  [`{${DAV}}principal-match`, principalMatch],
  [`{${DAV}}principal-search-property-set`, principalSearchPropertySet],
  [`{${CARDDAV}}addressbook-multiget`, multiget],
  [`{${CARDDAV}}addressbook-query`, addressbookQuery],
  [`{${CALDAV}}calendar-multiget`, multiget],
  [`{${CALDAV}}calendar-query`, calendarQuery],
  [`{${CALDAV}}free-busy-query`, freeBusyQuery],
  [`{${OWNCLOUD}}filter-files`, filterFiles],
])

export async function report(exchange: Exchange): Promise<void> {
  const body = await readXml(exchange)
  if (!exists(exchange.resource)) throw new Refusal(404)
  if (!body) throw new Refusal(400)
  const answerReport = REPORTS.get(`{${body.namespace}}${body.local}`)
  if (!answerReport) throw unsupportedReport()
  await answerReport(exchange, exchange.resource, body)
}
