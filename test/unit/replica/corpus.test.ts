/** Every real card, calendar and photo goes in and comes out byte for byte, readable or not. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  type Collection,
  type CollectionKind,
  createCollection,
  findCollection,
  type NewCollection,
} from '../../../main/replica/collections.ts'
import { filePath } from '../../../main/replica/files.ts'
import { findItem, listItems, readBody } from '../../../main/replica/items.ts'
import type { Phone } from '../../../main/replica/phones.ts'
import { storeText } from '../../../main/replica/store.ts'
import { type CorpusFile, describeCorpus } from '../../corpus.ts'
import { type TestReplica, testReplica } from './fixture.ts'

const LIMIT = 60_000

for (const [folder, kind] of [
  ['vcards', 'contacts'],
  ['icalendars', 'calendar'],
] as const) {
  describeCorpus(`the corpus: ${folder}`, folder, (files) => {
    test('comes back byte for byte', { timeout: LIMIT }, async () => {
      const kept = await testReplica()
      for (const [at, file] of files.entries()) {
        const name = `${at}-${file.name.replaceAll('/', '-')}`
        const collection = await storeSomewhere(kept, kind, name, file)
        const item = findItem(kept.replica, collection.id, name)!
        expect(listItems(kept.replica, collection.id)).toContainEqual(item)
        expect(readBody(kept.replica, item.seq)?.equals(file.bytes()), file.name).toBe(true)
      }
    })
  })
}

/** Some files of the corpus share a UID, which the protocols forbid in one collection: each goes where its UID is not taken. */
async function storeSomewhere(
  { replica, phone }: TestReplica,
  kind: CollectionKind,
  name: string,
  file: CorpusFile,
): Promise<Collection> {
  for (let n = 1; n < 50; n++) {
    const collection =
      findCollection(replica, phone.id, kind, `corpus-${n}`) ??
      (await replica.write((tx) => createCollection(tx, newCollection(phone, kind, `corpus-${n}`))))
    const outcome = await storeText(replica, collection, name, file.bytes(), 'test')
    if (outcome.outcome === 'created') return collection
    expect(outcome, file.name).toMatchObject({ reason: 'uid-conflict' })
  }
  throw new Error(`${file.name} found no place`)
}

function newCollection(phone: Phone, kind: CollectionKind, name: string): NewCollection {
  return { phoneId: phone.id, kind, name, origin: 'ours', displayName: name, components: [] }
}

describeCorpus('the corpus: photos', 'photos', (files) => {
  test('comes back byte for byte', { timeout: LIMIT }, async () => {
    const { replica, library, putPhoto } = await testReplica()
    for (const file of files) await putPhoto(file.name, file.bytes())
    for (const file of files) {
      const item = findItem(replica, library.id, file.name)!
      const stored = await readFile(filePath(replica, item.fileId!))
      expect(createHash('sha256').update(stored).digest('hex'), file.name).toBe(item.hash)
      expect(stored.equals(file.bytes()), file.name).toBe(true)
    }
  })
})
