/** How filters compare text: collations (RFC 4790; RFC 5051) and kinds of match (RFC 6352, 10.5.4; RFC 4791, 9.7.5). */

export const COLLATIONS = ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'] as const
export type Collation = (typeof COLLATIONS)[number]

export const MATCH_TYPES = ['equals', 'contains', 'starts-with', 'ends-with'] as const
export type MatchType = (typeof MATCH_TYPES)[number]

export interface TextMatch {
  text: string
  collation: Collation
  matchType: MatchType
  /** True for texts that must not match. */
  negate: boolean
}

export function matchesText({ text, collation, matchType, negate }: TextMatch, value: string): boolean {
  return compare(collated(value, collation), collated(text, collation), matchType) !== negate
}

function compare(value: string, text: string, matchType: MatchType): boolean {
  switch (matchType) {
    case 'equals':
      return value === text
    case 'contains':
      return value.includes(text)
    case 'starts-with':
      return value.startsWith(text)
    case 'ends-with':
      return value.endsWith(text)
  }
}

function collated(text: string, collation: Collation): string {
  switch (collation) {
    case 'i;octet':
      return text
    case 'i;ascii-casemap':
      return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    case 'i;unicode-casemap':
      return text.toUpperCase().normalize('NFKD')
  }
}
