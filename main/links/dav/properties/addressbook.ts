/** Live properties of CardDAV (RFC 6352). */

import { escapeText } from '../../../formats/xml.ts'
import type { Existing } from '../resource.ts'
import { homeSet } from './hrefs.ts'
import type { LiveProperty } from './live.ts'

const onBooks =
  (property: LiveProperty): LiveProperty =>
  (resource, context) =>
    isBook(resource) ? property(resource, context) : undefined

function isBook(resource: Existing): boolean {
  return resource.type === 'collection' && resource.collection.kind === 'contacts'
}

export const ADDRESS_BOOK_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  'addressbook-home-set': homeSet('contacts'),
  // Version 3.0 only: with 4.0 in the list some clients write it, and then Apple's stop at the first such card.
  'supported-address-data': onBooks(
    () => '<card:address-data-type content-type="text/vcard" version="3.0"/>',
  ),
  'max-resource-size': onBooks((_resource, { limits }) => String(limits.itemBytes)),
  'max-image-size': onBooks((_resource, { limits }) => String(limits.itemBytes)),
  'supported-collation-set': onBooks(() =>
    ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap']
      .map((name) => `<card:supported-collation>${escapeText(name)}</card:supported-collation>`)
      .join(''),
  ),
}
