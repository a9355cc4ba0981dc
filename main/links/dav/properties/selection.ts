/** Which properties a request asks for, and their values for a resource as `propstat` elements. */

import { DAV, PREFIXES } from '../../../formats/dav-namespaces.ts'
import { childElements, findChild, isNamed, tagOf, type XmlElement } from '../../../formats/xml.ts'
import type { Property } from '../../../replica/properties.ts'
import { propstat } from '../answer.ts'
import { Refusal } from '../refusal.ts'
import type { Existing } from '../resource.ts'
import { ALLPROP, isProtected, type LiveProperty, liveProperty, type PropertyContext } from './live.ts'

/** One property asked for, looked up once for all resources of an answer. */
interface Wanted {
  namespace: string
  local: string
  live: LiveProperty | undefined
  /** Where this is false, a value that a client has set counts more than ours. */
  protected: boolean
  tag: { open: string; close: string; empty: string }
}

export interface Selection {
  wanted: Wanted[]
  /** Every dead property is wanted as well. */
  allDead: boolean
  /** Names only, without values. */
  namesOnly: boolean
  /** The client does not want to hear of properties that are not there. */
  minimal: boolean
}

function wantedOf(namespace: string, local: string): Wanted {
  return {
    namespace,
    local,
    live: liveProperty(namespace, local),
    protected: isProtected(namespace, local),
    tag: tagOf(namespace, local),
  }
}

/** @param names elements that name properties, as in a `prop` element. */
export function selectNamed(names: XmlElement[], minimal: boolean): Selection {
  const wanted = names.map(({ namespace, local }) => wantedOf(namespace, local))
  return { wanted, allDead: false, namesOnly: false, minimal }
}

/** What a PROPFIND body asks for; no body means all (RFC 4918, 9.1). @throws Refusal 400 for another root or none of the choices. */
export function selectByPropfind(root: XmlElement | undefined, minimal: boolean): Selection {
  if (root && !isNamed(root, DAV, 'propfind')) throw new Refusal(400)
  const prop = root && findChild(root, DAV, 'prop')
  if (prop) return selectNamed(childElements(prop), minimal)
  const namesOnly = root !== undefined && findChild(root, DAV, 'propname') !== undefined
  if (root && !namesOnly && !findChild(root, DAV, 'allprop')) throw new Refusal(400)
  const include = root && findChild(root, DAV, 'include')
  const wanted = ALLPROP.map((local) => wantedOf(DAV, local))
  if (include) wanted.push(...selectNamed(childElements(include), minimal).wanted)
  return { wanted, allDead: true, namesOnly, minimal: true }
}

export function asksFor(selection: Selection, namespace: string, locals: string[]): boolean {
  return selection.wanted.some((one) => one.namespace === namespace && locals.includes(one.local))
}

/**
 * The values for one resource: the `propstat` of those found first, then that of those that are not there.
 * @param more XML of further properties found.
 */
export function propstatsOf(
  resource: Existing,
  { wanted, allDead, namesOnly, minimal }: Selection,
  context: PropertyContext,
  more = '',
): string {
  let found = more
  let missing = ''
  for (const one of wanted) {
    const element = elementOf(resource, one, context, namesOnly)
    if (element === undefined) missing += one.tag.empty
    else found += element
  }
  if (allDead) {
    for (const dead of context.dead(resource)) {
      if (!wanted.some((one) => isSame(one, dead))) {
        found += namesOnly ? tagOf(dead.namespace, dead.local).empty : dead.xml
      }
    }
  }
  const absent = missing === '' || minimal ? '' : propstat(404, missing)
  return found !== '' || absent === '' ? propstat(200, found) + absent : absent
}

/** A property with its value as XML; undefined when the resource does not have it. */
function elementOf(
  resource: Existing,
  wanted: Wanted,
  context: PropertyContext,
  namesOnly: boolean,
): string | undefined {
  const { tag, live } = wanted
  const set = wanted.protected ? undefined : context.dead(resource).find((dead) => isSame(wanted, dead))
  if (set) return namesOnly ? tag.empty : withPrefix(set)
  const value = live?.(resource, context)
  if (value === undefined) return undefined
  return value === '' || namesOnly ? tag.empty : tag.open + value + tag.close
}

// What a client has set is kept without a prefix, and some look for the prefix and not for the namespace.
function withPrefix({ namespace, local, xml }: Property): string {
  const prefix = PREFIXES.get(namespace)
  if (prefix === undefined) return xml
  const content = xml.slice(`<${local}`.length, -`</${local}>`.length)
  return `<${prefix}:${local}${content}</${prefix}:${local}>`
}

/** The same for one property by name. */
export function propertyElement(
  resource: Existing,
  { namespace, local }: { namespace: string; local: string },
  context: PropertyContext,
): string | undefined {
  return elementOf(resource, wantedOf(namespace, local), context, false)
}

function isSame(one: Pick<Wanted, 'namespace' | 'local'>, dead: Property): boolean {
  return one.local === dead.local && one.namespace === dead.namespace
}
