/** The If header (RFC 4918, 10.4): lists of lock tokens and entity tags, of which one list must hold. */
import { Refusal } from './refusal.ts'

export interface Condition {
  not: boolean
  kind: 'token' | 'etag'
  /** A lock token or other URI; or an entity tag with its quotes. */
  value: string
}

/** A list holds when all its conditions do. */
export interface ConditionList {
  /** The resource it speaks of, as an href; null for the one of the request. */
  resource: string | null
  conditions: Condition[]
}

const SIGN = /\s*(?:(?<tag><[^>]*>)|(?<open>\())/y
const CONDITION = /\s*(?:(?<not>not)\s*)?(?:<(?<token>[^<>]+)>|\[(?<etag>(?:W\/)?"[^"]*")\])\s*/iy

/** @throws Refusal 400 for a header that does not follow the grammar. */
export function parseIf(header: string): ConditionList[] {
  const lists: ConditionList[] = []
  let resource: string | null = null
  let at = 0
  /** The tag that still waits for its first list. */
  let bare = false
  while (header.slice(at).trim() !== '') {
    const sign = match(SIGN, header, at)
    at += sign[0].length
    if (sign.groups?.tag !== undefined) {
      // Lists with and without a tag may not be mixed.
      if (bare || (resource === null && lists.length > 0)) throw new Refusal(400)
      resource = sign.groups.tag.slice(1, -1)
      bare = true
      continue
    }
    const conditions: Condition[] = []
    while (header[at] !== ')') {
      const found = match(CONDITION, header, at)
      at += found[0].length
      const { not, token, etag } = found.groups ?? {}
      conditions.push({
        not: not !== undefined,
        kind: token === undefined ? 'etag' : 'token',
        value: (token ?? etag)!,
      })
    }
    if (conditions.length === 0) throw new Refusal(400)
    at++
    bare = false
    lists.push({ resource, conditions })
  }
  if (bare || lists.length === 0) throw new Refusal(400)
  return lists
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  if (!found) throw new Refusal(400)
  return found
}

/** Every lock token that the header names, and so submits (RFC 4918, 10.4.1). */
export function submittedTokens(lists: readonly ConditionList[]): Set<string> {
  const tokens = lists.flatMap(({ conditions }) => conditions.filter(({ kind }) => kind === 'token'))
  return new Set(tokens.map(({ value }) => value))
}

/** @param holds tells whether the token locks the resource, or the entity tag is the resource's, `not` left aside. */
export function ifHolds(
  lists: readonly ConditionList[],
  holds: (condition: Condition, resource: string | null) => boolean,
): boolean {
  return lists.some(({ resource, conditions }) =>
    conditions.every((condition) => holds(condition, resource) !== condition.not),
  )
}
