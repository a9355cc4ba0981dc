/** The demo's own tools: a difference is found and named, and colours and live counts appear on a terminal only. */
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { compareContents, contentsOf } from '../phone/contents.ts'
import { addPhoto, emptyStore } from '../phone/phone-store.ts'
import { createTeller } from '../phone/teller.ts'

test('what differs, is missing or was added is named, kind by kind', () => {
  const before = new Map([
    ['contacts/a.vcf', 'A'],
    ['contacts/b.vcf', 'B'],
    ['contacts/c.vcf', 'C'],
    ['photos/p.jpg', '1 P'],
  ])
  const after = new Map([
    ['contacts/a.vcf', 'A'],
    ['contacts/b.vcf', 'B '],
    ['contacts/d.vcf', 'D'],
    ['photos/p.jpg', '1 P'],
  ])
  expect(compareContents(before, after, 'contacts/')).toEqual({
    same: 1,
    different: ['contacts/b.vcf'],
    missing: ['contacts/c.vcf'],
    added: ['contacts/d.vcf'],
  })
  expect(compareContents(before, after, 'photos/').same).toBe(1)
})

test('a photo that lost its time is not the same', () => {
  const [one, two] = [emptyStore(), emptyStore()]
  const data = Buffer.from('picture')
  addPhoto(one, { path: '2026/11/a.jpg', data, modifiedAt: 1_795_000_000 })
  addPhoto(two, { path: '2026/11/a.jpg', data, modifiedAt: 1_795_000_001 })
  expect(compareContents(contentsOf(one), contentsOf(two)).different).toEqual(['photos/2026/11/a.jpg'])
})

async function tellOn(
  terminal: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const out = Object.assign(new PassThrough(), terminal)
  const tell = createTeller(out, env)
  tell.chapter('The phone syncs')
  await tell.step(
    'Sending',
    async () => {
      await pause(150)
      return '3 items sent'
    },
    () => '2 of 3',
  )
  tell.bad('Empty')
  tell.ending(true, 'Done.')
  return String(out.read())
}

test('a file gets plain lines', async () => {
  const said = await tellOn({}, {})
  expect(said).toMatch(/^\n1 {2}The phone syncs\n {3}✓ 3 items sent +0\.\d s\n {3}✗ Empty\n\nDone\.\n$/)
})

test('a terminal gets a live count and colours, none with NO_COLOR', async () => {
  const coloured = await tellOn({ isTTY: true, columns: 80 }, {})
  expect(coloured).toContain('Sending 2 of 3')
  expect(coloured).toContain('\u001b[32m✓')
  const plain = await tellOn({ isTTY: true, columns: 80 }, { NO_COLOR: '1' })
  expect(plain).toContain('Sending 2 of 3')
  expect(plain).not.toContain('\u001b[32m')
})
