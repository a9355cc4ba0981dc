/** Every card and calendar that anyone ever wrote goes in and comes out byte for byte. */
import { expect, it } from 'vitest'
import { type CorpusFile, type CorpusFolder, describeCorpus } from '../corpus.ts'
import { type DavFixture, startDav } from './dav-fixture.ts'
import { readMultistatus, textIn, xmlBody } from './dav-xml.ts'

describeCorpus('real cards', 'vcards', (files) => roundTrip('vcards', files))
describeCorpus('real calendars', 'icalendars', (files) => roundTrip('icalendars', files))

function roundTrip(folder: CorpusFolder, files: CorpusFile[]): void {
  it('come back as they were sent, are listed, and can be read as XML', async () => {
    await using dav = await startDav()
    const stored = new Map<string, CorpusFile>()
    for (const file of files) {
      stored.set(await store(dav, folder, file), file)
    }
    expect(stored.size).toBe(files.length)
    for (const [path, file] of stored) {
      const { bytes } = await dav.send('GET', path)
      expect([file.name, bytes.equals(file.bytes())]).toEqual([file.name, true])
    }
    for (const collection of new Set([...stored.keys()].map((path) => path.replace(/[^/]*$/, '')))) {
      const inside = [...stored.keys()].filter((path) => path.startsWith(collection))
      const { text } = await dav.send('REPORT', collection, {
        body: xmlBody(
          folder === 'vcards' ? 'card:addressbook-multiget' : 'cal:calendar-multiget',
          `<d:prop><${folder === 'vcards' ? 'card:address-data version="4.0"' : 'cal:calendar-data'}/></d:prop>
           ${inside.map((path) => `<d:href>${path}</d:href>`).join('')}`,
        ),
      })
      const { responses } = readMultistatus(text)
      expect(responses.map(({ href }) => href)).toEqual(inside)
      for (const response of responses) {
        const sent = stored.get(response.href)!.bytes()
        const read = textIn(response, folder === 'vcards' ? 'address-data' : 'calendar-data')
        // XML carries text; what is no text in UTF-8 is shown as well as it can be.
        if (isText(sent)) expect([response.href, read === sent.toString()]).toEqual([response.href, true])
      }
    }
    expect(dav.logged).toEqual([])
  })
}

/** Puts the file into the first collection that has no other one of its UID. @returns its path. */
async function store(dav: DavFixture, folder: CorpusFolder, file: CorpusFile): Promise<string> {
  const home = folder === 'vcards' ? '/dav/addressbooks/ada' : '/dav/calendars/ada'
  const make =
    folder === 'vcards'
      ? [
          'MKCOL',
          xmlBody(
            'd:mkcol',
            '<d:set><d:prop><d:resourcetype><d:collection/><card:addressbook/></d:resourcetype></d:prop></d:set>',
          ),
        ]
      : ['MKCALENDAR', '']
  for (let n = 0; ; n++) {
    const collection = `${home}/corpus-${n}/`
    const path = `${collection}${encodeURIComponent(file.name)}`.replaceAll('%2F', '~')
    if ((await dav.send('GET', collection)).status === 404)
      await dav.send(make[0]!, collection, { body: make[1] })
    const { status } = await dav.send('PUT', path, { body: file.bytes() })
    if (status === 201) return path
    if (status !== 409) throw new Error(`${file.name}: ${status}`)
  }
}

function isText(bytes: Buffer): boolean {
  const text = bytes.toString('utf8')
  return (
    Buffer.from(text).equals(bytes) && !/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)
  )
}
