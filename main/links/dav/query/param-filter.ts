/** Filters on a parameter of a property, the same for cards and calendars (RFC 6352, 10.5.2; RFC 4791, 9.7.3). */
import { type ContentLine, parametersOf } from '../../../replica/index/content-line.ts'
import { matchesText, type TextMatch } from './text-match.ts'

export interface ParamFilter {
  /** Upper case. */
  name: string
  /** True when the property must not have the parameter; then there is no text to match. */
  isNotDefined: boolean
  /** Null when it is enough that the property has the parameter. */
  textMatch: TextMatch | null
}

export function matchesParam({ name, isNotDefined, textMatch }: ParamFilter, line: ContentLine): boolean {
  const parameters = parametersOf(line).filter((parameter) => parameter.name === name)
  if (isNotDefined) return parameters.length === 0
  if (!textMatch) return parameters.length > 0
  return parameters.some(({ values }) => values.some((value) => matchesText(textMatch, value)))
}
