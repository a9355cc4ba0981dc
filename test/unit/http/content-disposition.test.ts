/** File names in headers: nothing in a name gets out of its place, and every name comes through whole. */
import { expect, test } from 'vitest'
import { contentDisposition } from '../../../main/http/content-disposition.ts'

test.each([
  ['a.jpg', 'attachment; filename="a.jpg"'],
  ['a b.jpg', 'attachment; filename="a b.jpg"'],
  [
    '"; filename=x.exe',
    `attachment; filename="_; filename=x.exe"; filename*=UTF-8''%22%3B%20filename%3Dx.exe`,
  ],
  ['a\r\nX: y', `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`],
  [`50% (Ö'*)`, `attachment; filename="50_ (_'*)"; filename*=UTF-8''50%25%20%28%C3%96%27%2A%29`],
  ['😀\ud800', `attachment; filename="__"; filename*=UTF-8''%F0%9F%98%80%EF%BF%BD`],
])('%j', (name, expected) => {
  expect(contentDisposition('attachment', name)).toBe(expected)
})
