/** Photos come in by the real tus client, and every misuse of tus gets a clear, boring answer. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { filePath } from '../../../../main/replica/files.ts'
import { findItem } from '../../../../main/replica/items.ts'
import { metadataOf, uploadFile, uploadServer } from './upload-fixture.ts'

test.each([false, true])(
  'a photo arrives byte for byte with its time; with its creation: %s',
  async (together) => {
    const server = await uploadServer()
    const bytes = Buffer.alloc(3_000_000, 'photo')
    const outcome = await uploadFile(
      server.url(server.phone),
      bytes,
      metadataOf(bytes, 'IMG_20190412_153045.jpg'),
      { together },
    )
    expect(outcome).toBe('added')
    const item = findItem(server.replica, server.library.id, '2019/04/IMG_20190412_153045.jpg')!
    expect((await readFile(filePath(server.replica, item.fileId!))).equals(bytes)).toBe(true)
    expect(item.modifiedAt).toBe(1_500_000_000_000)
    expect(server.trouble).toEqual([])
  },
)
