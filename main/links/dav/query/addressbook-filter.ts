/** Which cards an addressbook-query wants (RFC 6352, 10.5). */
import { type ContentLine, decodedValue, unescapeText } from '../../../replica/index/content-line.ts'
import { readCardLines } from '../../../replica/index/vcard.ts'
import { matchesParam, type ParamFilter } from './param-filter.ts'
import { matchesText, type TextMatch } from './text-match.ts'

export interface AddressbookFilter {
  /** Whether one property filter or all of them must match. */
  test: Test
  props: CardPropFilter[]
}

export type Test = 'anyof' | 'allof'

export interface CardPropFilter {
  /** Upper case, without group. */
  name: string
  /** Upper case; null for properties of any group or none. */
  group: string | null
  /** True when the card must not have the property; then there is nothing else to match. */
  isNotDefined: boolean
  /** Whether one of the conditions below or all of them must hold for the same property. */
  test: Test
  textMatches: TextMatch[]
  params: ParamFilter[]
}

/** A filter without conditions wants every card. Of a file with several cards the first counts. */
export function matchesAddressbookFilter(filter: AddressbookFilter, bytes: Uint8Array): boolean {
  if (filter.props.length === 0) return true
  const names = new Set(filter.props.map((prop) => prop.name))
  const lines: ContentLine[] = []
  for (const line of readCardLines(bytes)) if (names.has(line.name)) lines.push(line)
  return holds(filter.test, filter.props, (prop) => matchesProp(prop, lines))
}

function holds<T>(test: Test, conditions: T[], condition: (one: T) => boolean): boolean {
  return test === 'anyof' ? conditions.some(condition) : conditions.every(condition)
}

function matchesProp(filter: CardPropFilter, lines: ContentLine[]): boolean {
  const { name, group, textMatches, params } = filter
  const named = lines.filter((line) => line.name === name && (group === null || line.group === group))
  if (filter.isNotDefined) return named.length === 0
  const conditions = [
    ...textMatches.map(
      (match) => (line: ContentLine) => matchesText(match, unescapeText(decodedValue(line))),
    ),
    ...params.map((param) => (line: ContentLine) => matchesParam(param, line)),
  ]
  if (conditions.length === 0) return named.length > 0
  return named.some((line) => holds(filter.test, conditions, (condition) => condition(line)))
}
