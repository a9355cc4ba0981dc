/** What reports ask of each item: properties, and the content itself as `address-data` or `calendar-data`. */
import { type Item, readBody } from '../../../replica/items.ts'
import type { Reader } from '../../../replica/replica.ts'
import { CALDAV, CARDDAV, DAV } from '../namespaces.ts'
import { type Selection, selectNamed } from '../properties/selection.ts'
import { childElements, escapeText, findChild, isNamed, tagOf, type XmlElement } from '../xml.ts'

export interface ReportSelection {
  properties: Selection
  /** The item's content as an XML element; '' when the client did not ask for content. Undefined when history has let go of it. */
  contentOf: (reader: Reader, item: Item) => string | undefined
}

/** Reads the `prop` element of a report. */
export function selectByReport(report: XmlElement, minimal: boolean): ReportSelection {
  const prop = findChild(report, DAV, 'prop')
  const names = prop ? childElements(prop) : []
  const content = names.find(isContent)
  const properties = selectNamed(
    names.filter((name) => name !== content),
    minimal,
  )
  if (!content) return { properties, contentOf: () => '' }
  const { open, close } = tagOf(content.namespace, content.local)
  return {
    properties,
    contentOf(reader, item) {
      const bytes = readBody(reader, item.seq)
      return bytes && open + escapeText(bytes.toString('utf8')) + close
    },
  }
}

function isContent(name: XmlElement): boolean {
  return isNamed(name, CARDDAV, 'address-data') || isNamed(name, CALDAV, 'calendar-data')
}
