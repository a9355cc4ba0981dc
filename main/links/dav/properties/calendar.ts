/** Live properties of CalDAV (RFC 4791, and one of RFC 6638). */
import type { Collection } from '../../../replica/collections.ts'
import { principalHref } from '../urls.ts'
import { homeSet, hrefElement } from './hrefs.ts'
import type { LiveProperty, PropertyContext } from './live.ts'

type CalendarProperty = (calendar: Collection, context: PropertyContext) => string

const onCalendars =
  (property: CalendarProperty): LiveProperty =>
  (resource, context) =>
    resource.type === 'collection' && resource.collection.kind === 'calendar'
      ? property(resource.collection, context)
      : undefined

/** Components that a calendar without a list of its own takes. */
const ALL_COMPONENTS = ['VEVENT', 'VTODO', 'VJOURNAL']

export const CALENDAR_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  'calendar-home-set': homeSet('calendar'),
  'calendar-user-address-set': (resource, { phone }) =>
    resource.type === 'principal' ? hrefElement(principalHref(phone)) : undefined,
  'supported-calendar-component-set': onCalendars(({ components }) =>
    (components.length > 0 ? components : ALL_COMPONENTS)
      .map((name) => `<cal:comp name="${name}"/>`)
      .join(''),
  ),
  'supported-calendar-data': onCalendars(
    () => '<cal:calendar-data content-type="text/calendar" version="2.0"/>',
  ),
  'max-resource-size': onCalendars((_calendar, { limits }) => String(limits.itemBytes)),
  'supported-collation-set': onCalendars(
    () =>
      '<cal:supported-collation>i;ascii-casemap</cal:supported-collation>' +
      '<cal:supported-collation>i;octet</cal:supported-collation>',
  ),
  'schedule-calendar-transp': onCalendars(() => '<cal:opaque/>'),
}
