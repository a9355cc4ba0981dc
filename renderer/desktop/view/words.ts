/** The words that a search looks for: the same for what is stored and for what is typed. */

/** Parts of texts between anything that is no letter or digit; numbers are joined, so that +49 30-12 is found by 4930. */
export function wordsOf(texts: readonly (string | null)[], numbers: readonly string[] = []): string[] {
  const words = texts.flatMap((text) => (text === null ? [] : splitWords(text)))
  const digits = numbers.map((number) => number.replace(/\D/g, '')).filter(Boolean)
  return [...new Set([...words, ...digits])]
}

/** A text's words in lower case, without accents: André and andre are one word, as is straße and strasse. */
export function splitWords(text: string): string[] {
  return text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .split(/[^\p{Letter}\p{Number}]+/u)
    .filter(Boolean)
}
