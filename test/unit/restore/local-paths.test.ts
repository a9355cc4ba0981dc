/** Paths that any computer can hold. */
import { expect, test } from 'vitest'
import { localPaths } from '../../../main/restore/local-paths.ts'

test.each([
  ['names that differ', ['a.jpg', '2026/11/b.jpg'], ['a.jpg', '2026/11/b.jpg']],
  ['names that differ by case alone', ['a.jpg', 'A.JPG', 'a.Jpg'], ['a.jpg', 'A (2).JPG', 'a (3).Jpg']],
  ['a name that another was given', ['a.jpg', 'a (2).jpg', 'A.jpg'], ['a.jpg', 'a (2).jpg', 'A (3).jpg']],
  ['ways to write an accent', ['é.jpg', 'e\u0301.jpg'], ['é.jpg', 'e\u0301 (2).jpg']],
  ['a file called as a folder', ['Camera', 'camera/a.jpg'], ['Camera (2)', 'camera/a.jpg']],
  ['what Windows refuses', ['con.jpg', 'a?/b:c.jpg', 'dot.'], ['_con.jpg', 'a_/b_c.jpg', 'dot_']],
  ['ways out of the folder', ['../../etc/passwd', './a'], ['_/_/etc/passwd', '_/a']],
] as const)('%s', (_title, names, expected) => {
  expect(localPaths(names)).toEqual(expected)
})

test('what stands there already is left alone', () => {
  expect(localPaths(['missing.TXT'], ['MISSING.txt'])).toEqual(['missing (2).TXT'])
})
