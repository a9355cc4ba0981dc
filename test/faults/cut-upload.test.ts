/** An upload whose line is cut at any byte leaves nothing, half or whole, and can be sent again. */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { findCollection } from '../../main/replica/collections.ts'
import { listItems } from '../../main/replica/items.ts'
import { describeCorpus } from '../corpus.ts'
import { startDav } from '../peers/dav-fixture.ts'

describeCorpus('photos over WebDAV', 'photos', (files) => {
  const photo = files.find(({ name }) => name.endsWith('HTC Desire.jpg'))!.bytes()

  test('a PUT that is cut anywhere', { timeout: 60_000 }, async () => {
    await using dav = await startDav()
    const { port } = new URL(dav.base)
    const { phone, authorization, files: library } = dav.phone
    const { id } = findCollection(dav.replica, phone.id, 'files', 'photos')!
    const request = Buffer.concat([
      Buffer.from(
        `PUT ${library}IMG_0001.JPG HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
          `Content-Length: ${photo.length}\r\n\r\n`,
      ),
      photo,
    ])
    const onDisk = () => readdir(dav.replica.photos, { recursive: true })
    const before = await onDisk()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: request.length - 1 }), async (length) => {
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('error', () => undefined)
        await once(socket, 'connect')
        await new Promise<void>((resolve) => socket.write(request.subarray(0, length), () => resolve()))
        socket.destroy()
        await vi.waitFor(async () => {
          expect(await onDisk()).toEqual(before)
          await new Promise((resolve) => setTimeout(resolve, 20))
          expect(await onDisk()).toEqual(before)
        }, 5000)
        expect(listItems(dav.replica, id)).toEqual([])
      }),
      { numRuns: 40, examples: [[request.length - 1], [request.length - photo.length]] },
    )
    const answer = await dav.send('PUT', `${library}IMG_0001.JPG`, { body: photo })
    expect(answer.status).toBe(201)
    expect((await dav.send('GET', `${library}IMG_0001.JPG`)).bytes.equals(photo)).toBe(true)
  })

  test('every photo goes in and comes back byte for byte', { timeout: 60_000 }, async () => {
    await using dav = await startDav()
    for (const [n, file] of files.entries()) {
      const path = `${dav.phone.files}${n}-${encodeURIComponent(file.name.replaceAll('/', ' '))}`
      expect((await dav.send('PUT', path, { body: file.bytes() })).status).toBe(201)
      expect((await dav.send('GET', path)).bytes.equals(file.bytes())).toBe(true)
    }
    expect(dav.logged).toEqual([])
  })
})
