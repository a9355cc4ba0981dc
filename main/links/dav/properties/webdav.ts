/** Live properties of WebDAV and its extensions: RFC 4918, 3744 (access), 5397, 6578 (sync), 4331 (quota); and Apple's CTag. */

import { escapeText } from '../../../formats/xml.ts'
import { httpDate } from '../../../http/http-date.ts'
import { changesSince, newestChange } from '../../../replica/items.ts'
import { lockDiscovery, placeOf } from '../locks.ts'
import { mediaTypeOf } from '../media-type.ts'
import { entityTagOf } from '../preconditions.ts'
import { type Existing, isSynced } from '../resource.ts'
import { currentToken } from '../sync-token.ts'
import { principalHref } from '../urls.ts'
import { hrefElement } from './hrefs.ts'
import type { LiveProperty, PropertyContext } from './live.ts'
import { privilegesOf } from './privileges.ts'
import { reportsOf } from './supported-reports.ts'

const ownPrincipal: LiveProperty = (_resource, { phone }) => hrefElement(principalHref(phone))

export const WEBDAV_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  resourcetype: resourceType,
  displayname: displayName,
  getetag: (resource, { replica }) => entityTagOf(replica, resource),
  getcontentlength: (resource) => (resource.type === 'item' ? String(resource.item.size) : undefined),
  getcontenttype: (resource, { replica }) =>
    resource.type === 'item' ? escapeText(mediaTypeOf(replica, resource.item)) : undefined,
  getlastmodified: lastModified,
  supportedlock: (resource) => (isLockable(resource) ? SUPPORTED_LOCKS : undefined),
  lockdiscovery: (resource, { locks, phone, replica }) =>
    isLockable(resource)
      ? lockDiscovery(locks.covering(phone, placeOf(resource)), replica.world.now())
      : undefined,
  'current-user-principal': ownPrincipal,
  'principal-URL': (resource, context) =>
    resource.type === 'principal' ? ownPrincipal(resource, context) : undefined,
  owner: (resource, context) => (resource.type === 'signpost' ? undefined : ownPrincipal(resource, context)),
  'principal-collection-set': () => hrefElement('/dav/principals/'),
  'group-membership': (resource) => (resource.type === 'principal' ? '' : undefined),
  'current-user-privilege-set': (resource) => privilegesOf(resource),
  'supported-report-set': (resource) => reportsOf(resource),
  'sync-token': (resource, { replica }) =>
    isSynced(resource) ? currentToken(replica, resource.collection) : undefined,
  'quota-available-bytes': (resource, { quota }) =>
    quota && resource.type !== 'item' ? String(quota.available) : undefined,
  'quota-used-bytes': (resource, { quota }) =>
    quota && resource.type !== 'item' ? String(quota.used) : undefined,
}

export const CALENDARSERVER_PROPERTIES: Readonly<Record<string, LiveProperty>> = {
  getctag: (resource, { replica }) =>
    isSynced(resource) ? escapeText(currentToken(replica, resource.collection)) : undefined,
}

const SUPPORTED_LOCKS = ['exclusive', 'shared']
  .map((scope) => `<d:lockscope><d:${scope}/></d:lockscope><d:locktype><d:write/></d:locktype>`)
  .map((entry) => `<d:lockentry>${entry}</d:lockentry>`)
  .join('')

function isLockable({ type }: Existing): boolean {
  return type === 'collection' || type === 'folder' || type === 'item'
}

const KIND_TYPE = { contacts: '<card:addressbook/>', calendar: '<cal:calendar/>', files: '' }

function resourceType(resource: Existing): string {
  if (resource.type === 'item') return ''
  if (resource.type === 'principal') return '<d:principal/><d:collection/>'
  return `<d:collection/>${resource.type === 'collection' ? KIND_TYPE[resource.collection.kind] : ''}`
}

function displayName(resource: Existing, { phone }: PropertyContext): string | undefined {
  if (resource.type === 'signpost') return undefined
  if (resource.type === 'collection') return escapeText(resource.collection.displayName)
  if (resource.type === 'folder' || (resource.type === 'item' && resource.item.kind === 'file')) {
    return escapeText(resource.item.name.slice(resource.item.name.lastIndexOf('/') + 1))
  }
  return resource.type === 'item' ? undefined : escapeText(phone.name)
}

function lastModified(resource: Existing, { replica }: PropertyContext): string | undefined {
  if (resource.type === 'item' || resource.type === 'folder') return httpDate(resource.item.modifiedAt)
  if (resource.type !== 'collection') return undefined
  const { id } = resource.collection
  const newest = changesSince(replica, id, newestChange(replica, id) - 1, 1)[0]
  return newest && httpDate(newest.at)
}
