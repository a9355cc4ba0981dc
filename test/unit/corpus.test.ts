/** The corpus is found whole, so that no test over it passes for want of samples. */
import { expect, it } from 'vitest'
import { describeCorpus } from '../corpus.ts'

describeCorpus('the vCards of the corpus', 'vcards', (files) => {
  it('are listed in order and can be read', () => {
    const names = files.map(({ name }) => name)
    expect(names).toEqual(names.toSorted())
    expect(files.length).toBeGreaterThan(80)
    expect(files.every((file) => /BEGIN:VCARD/i.test(file.bytes().toString('latin1')))).toBe(true)
  })
})

describeCorpus('the photos of the corpus', 'photos', (files) => {
  it('keep names with spaces and brackets', () => {
    expect(files.length).toBeGreaterThan(60)
    expect(files.some(({ name }) => name.includes(' '))).toBe(true)
  })
})
