/** Property values that are hrefs. */
import { homeHref } from '../urls.ts'
import type { LiveProperty } from './live.ts'

/** @param path percent-encoded. */
export function hrefElement(path: string): string {
  return `<d:href>${path}</d:href>`
}

/** Where a principal has its collections of this kind. */
export function homeSet(kind: 'contacts' | 'calendar'): LiveProperty {
  return (resource, { phone }) =>
    resource.type === 'principal' ? hrefElement(homeHref(phone, kind)) : undefined
}
