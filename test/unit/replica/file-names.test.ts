/** Names that some system cannot have, or takes for one another: on disk each photo has a place of its own. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filePath, safeSegment } from '../../../main/replica/files.ts'
import { findItem, listItems } from '../../../main/replica/items.ts'
import { testReplica } from './fixture.ts'

test.each([
  ['CON', '_CON'],
  ['aux.tar.gz', '_aux.tar.gz'],
  ['com1.jpg', '_com1.jpg'],
  ['LPT².txt', '_LPT².txt'],
  ['nul .txt', '_nul .txt'],
  ['CONIN$', '_CONIN$'],
  ['console.jpg', 'console.jpg'],
  ['a.', 'a_'],
  ['a. . ', 'a_'],
  ['...', '_'],
  ['', '_'],
  ['.hidden', '_.hidden'],
  ['a/b\\c:d*e?f"g<h>i|j\0k\x7f', 'a/b_c_d_e_f_g_h_i_j_k_'],
  ['Ünï→👩‍👩‍👧.jpg', 'Ünï→👩‍👩‍👧.jpg'],
])('%j is kept as %j', (name, safe) => expect(safeSegment(name)).toBe(safe))

test('any name becomes one that every system can have', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('', '.jpg', '. ', '.'),
      (stem, end) => {
        const safe = safeSegment(stem.replaceAll('/', '') + end)
        expect(Buffer.byteLength(`${safe} (99)`)).toBeLessThanOrEqual(255)
        expect(safe).not.toMatch(/[\\:*?"<>|\p{Cc}]|[. ]$|^\.|^$/u)
        expect(safeSegment(safe)).toBe(safe)
      },
    ),
  )
})

test.each([
  ['clash in case', 'IMG_1.JPG', 'img_1.jpg'],
  ['are the same letters, composed or not', 'Caf\u00e9.jpg', 'Cafe\u0301.jpg'],
  ['become the same', 'a:b.jpg', 'a?b.jpg'],
  ['are too long and begin alike', `${'x'.repeat(300)}1.jpg`, `${'x'.repeat(300)}2.jpg`],
  ['have only places of others left', 'a_b.jpg', 'a|b.jpg'],
])('two names that %s are two photos', async (_, one, other) => {
  const { replica, library, putPhoto } = await testReplica()
  await putPhoto(join('2026', one), Buffer.from('one'))
  await putPhoto(join('2026', other), Buffer.from('other'))
  const read = (name: string) =>
    readFile(filePath(replica, findItem(replica, library.id, `2026/${name}`)!.fileId!), 'utf8')
  expect([await read(one), await read(other)]).toEqual(['one', 'other'])
  expect(
    listItems(replica, library.id)
      .map(({ name }) => basename(name))
      .sort(),
  ).toEqual([one, other].sort())
})
