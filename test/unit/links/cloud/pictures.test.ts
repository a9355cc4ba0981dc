/** Groups and pictures of contacts: kept, and put back as they were, wherever the picture lay. */
import { beforeEach, expect, test } from 'vitest'
import { type Keeper, keepAccountOf } from '../../../peers/cloud-fixture.ts'
import { type SmallServer, startSmallServer } from './small-server.ts'

const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(300, 'picture')])

let server: SmallServer
let keeper: Keeper
beforeEach(async () => {
  server = await startSmallServer()
  server.books = ['/own/']
  server.others.set('/pictures/1', JPEG)
  keeper = await keepAccountOf(server.url)
})

const cardWith = (uid: string, version: string, ...lines: string[]) =>
  ['BEGIN:VCARD', `VERSION:${version}`, `UID:${uid}`, `FN:${uid}`, 'N:;;;;', ...lines, 'END:VCARD', ''].join(
    '\r\n',
  )
const unfolded = (text: string) => text.replaceAll('\r\n ', '')
const gets = () => server.asked.filter((one) => one.startsWith('GET /pictures'))

test.each([
  ['3.0', 'PHOTO;VALUE=URI:', `PHOTO;ENCODING=b;TYPE=JPEG;X-SIDEKEEP-URI="URL":${JPEG.toString('base64')}`],
  [
    '3.0',
    'item1.PHOTO;X-ABCROP=a&b;VALUE=uri:',
    `item1.PHOTO;X-ABCROP=a&b;ENCODING=b;TYPE=JPEG;X-SIDEKEEP-URI="URL":${JPEG.toString('base64')}`,
  ],
  [
    '4.0',
    'PHOTO;PREF=1:',
    `PHOTO;PREF=1;X-SIDEKEEP-URI="URL":data:image/jpeg;base64,${JPEG.toString('base64')}`,
  ],
])('a picture that a card %s points to by %s is kept in it', async (version, before, inside) => {
  const url = `${server.url}pictures/1`
  const card = cardWith('a', version, `${before}${url}`, 'NOTE:Grüße')
  server.cards.set('/own/a.vcf', card)
  expect(await keeper.capture()).toMatchObject({ contacts: { added: 1 }, missed: [] })
  const [kept] = keeper.contents()
  expect(unfolded(kept!)).toBe(card.replace(`${before}${url}`, inside.replace('URL', url)))
  expect(kept!.split('\r\n').every((line) => line.length <= 75)).toBe(true)

  // There it is the same as before, and here nothing changes.
  expect(await keeper.send()).toMatchObject({ added: 0, changed: 0, unchanged: 1 })
  server.asked.length = 0
  expect(await keeper.capture()).toMatchObject({ contacts: { changed: 0 } })
  expect(gets()).toEqual([])

  // Lost, it comes back with the picture in it.
  server.cards.clear()
  server.others.clear()
  expect(await keeper.send()).toMatchObject({ added: 1 })
  const [put] = server.cards.values()
  expect(unfolded(put!)).toBe(unfolded(kept!).replace(`;X-SIDEKEEP-URI="${url}"`, ''))
  expect(await keeper.send()).toMatchObject({ added: 0, changed: 0, unchanged: 1 })
})

test('a picture at a server that is not of the account is named and not asked for', async () => {
  const card = cardWith('a', '3.0', 'PHOTO;VALUE=uri:https://tracker.example/seen.gif')
  server.cards.set('/own/a.vcf', card)
  const { missed } = await keeper.capture()
  expect(missed).toEqual([
    '/own/: /own/a.vcf: Its picture: it lies at tracker.example, which is not of this account.',
  ])
  expect(keeper.contents()).toEqual([card])
  expect((await keeper.capture()).missed).toEqual([])
})

test('a picture that can’t be had now is asked for again, and the card is safe meanwhile', async () => {
  const card = cardWith('a', '4.0', `PHOTO:${server.url}pictures/1`)
  server.cards.set('/own/a.vcf', card)
  server.broken.set('/pictures/1', 503)
  expect((await keeper.capture()).missed).toEqual([
    '/own/: /own/a.vcf: Its picture: the server answered 503.',
  ])
  expect(keeper.contents()).toEqual([card])
  server.broken.clear()
  expect(await keeper.capture()).toMatchObject({ contacts: { changed: 1 }, missed: [] })
  expect(unfolded(keeper.contents()[0]!)).toContain(JPEG.toString('base64'))
})

test('a picture that is gone or is none leaves the card as it is', async () => {
  const card = cardWith('a', '3.0', `PHOTO;VALUE=uri:${server.url}pictures/gone`)
  server.cards.set('/own/a.vcf', card)
  expect((await keeper.capture()).missed).toEqual([
    '/own/: /own/a.vcf: Its picture: the server answered 404.',
  ])
  expect(keeper.contents()).toEqual([card])
  expect((await keeper.capture()).missed).toEqual([])
})

test('pictures in cards, and groups of both kinds, come back as they were', async () => {
  const cards = [
    cardWith(
      'ada',
      '3.0',
      'CATEGORIES:Friends,Chess',
      `PHOTO;ENCODING=b;TYPE=JPEG:${JPEG.toString('base64')}`,
    ),
    cardWith('bob', '4.0', 'CATEGORIES:Friends', `PHOTO:data:image/jpeg;base64,${JPEG.toString('base64')}`),
    cardWith('g1', '4.0', 'KIND:group', 'MEMBER:urn:uuid:ada', 'MEMBER:urn:uuid:bob'),
    cardWith('g2', '3.0', 'X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:ada'),
  ].sort()
  for (const [n, card] of cards.entries()) server.cards.set(`/own/${n}.vcf`, card)
  await keeper.capture()
  expect(keeper.contents()).toEqual(cards)
  server.cards.clear()
  expect(await keeper.send()).toMatchObject({ added: 4, failed: [] })
  expect([...server.cards.values()].sort()).toEqual(cards)
})
