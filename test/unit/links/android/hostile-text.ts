/** Texts as people and other programs write them, and such as look like what a phone's programs print around them. */
import fc from 'fast-check'

/** No control characters, which cards and calendars cannot hold, and no lone carriage returns. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\n',
        ', ',
        '=',
        'NULL',
        'BLOB',
        'No result found.',
        '😀',
        'é',
        '\t',
        '"',
        "'",
        '\\',
        ':',
        ';',
        '--',
      ),
      fc.constantFrom(
        '$(touch /x)',
        '`id`',
        '\\n',
        '\\:',
        '%s',
        "'; DROP TABLE data; --",
        'a:s:b',
        'sidekeep:',
        '^n',
      ),
      fc.tuple(fc.nat(6), fc.nat(9)).map(([row, id]) => `\nRow: ${row} _id=${id}, mimetype=x, data1=fake`),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('').replace(/[^\P{Cc}\t\n]|[\u2028\u2029]/gu, ''))
  .filter((text) => text.trim() !== '')

/** Without blanks at its ends and line breaks, as names of people and services are. */
export const hostileName = hostileText.map((text) => text.replace(/\s+/g, ' ').trim())
