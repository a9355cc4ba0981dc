/** Content lines whose bytes are easily taken for something else. */
import { expect, test } from 'vitest'
import { parameterOf, readContentLines } from '../../../../main/replica/index/content-line.ts'

test.each(['Bellà', '𝗠', ' à ', 'a\u00a0'])('a parameter that ends with %j is read whole', (name) => {
  const [line] = readContentLines(Buffer.from(`ATTENDEE;CN=${name}:mailto:a@example.org`))
  expect(parameterOf(line!, 'CN')).toEqual([name.replace(/^ +| +$/g, '')])
})
