/** vdirsyncer finds contacts and calendars by itself, and syncs both ways. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { card, event, startDav } from './dav-fixture.ts'
import { describePeer } from './peers.ts'
import { createComputer } from './vdirsyncer.ts'

describePeer('vdirsyncer', 'Contacts and calendars on two computers', (peer) => {
  it('takes items from one computer to the other, byte for byte', async () => {
    await using dav = await startDav()
    using here = createComputer(peer, dav.base, dav.phone)
    using there = createComputer(peer, dav.base, dav.phone)
    for (let n = 0; n < 40; n++) {
      writeFileSync(join(here.contacts, `card ${n} ü.vcf`), card(`uid-${n}`, `Zoë ${n} & <Co>`))
      writeFileSync(join(here.calendar, `event-${n}.ics`), event(`event-${n}`))
    }
    for (const computer of [here, there]) {
      await computer.discover()
      await computer.sync()
    }
    // vdirsyncer names files after the href on the other side.
    const contents = (folder: string, extension: string) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(extension))
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .sort()
    expect(contents(there.contacts, '.vcf')).toEqual(contents(here.contacts, '.vcf'))
    expect(contents(there.contacts, '.vcf')).toHaveLength(40)
    expect(contents(there.calendar, '.ics')).toEqual(contents(here.calendar, '.ics'))
    expect(contents(there.calendar, '.ics')).toHaveLength(40)
    expect(dav.logged).toEqual([])
  })

  it('carries changes and deletions both ways', async () => {
    await using dav = await startDav()
    using here = createComputer(peer, dav.base, dav.phone)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(here.contacts, `${name}.vcf`), card(name))
    await here.discover()
    await here.sync()
    const path = (name: string) => `${dav.phone.book}${name}.vcf`

    writeFileSync(join(here.contacts, 'a.vcf'), card('a', 'Changed here'))
    rmSync(join(here.contacts, 'b.vcf'))
    await dav.send('PUT', path('c'), { body: card('c', 'Changed there') })
    await dav.send('PUT', path('d'), { body: card('d') })
    await here.sync()

    expect((await dav.send('GET', path('a'))).text).toBe(card('a', 'Changed here'))
    expect((await dav.send('GET', path('b'))).status).toBe(404)
    expect(readFileSync(join(here.contacts, 'c.vcf'), 'utf8')).toBe(card('c', 'Changed there'))
    expect(readFileSync(join(here.contacts, 'd.vcf'), 'utf8')).toBe(card('d'))

    await dav.send('DELETE', path('d'))
    await here.sync()
    expect(existsSync(join(here.contacts, 'd.vcf'))).toBe(false)
  })

  it('makes new collections on the server, with name and colour', async () => {
    await using dav = await startDav()
    using here = createComputer(peer, dav.base, dav.phone, 'a wins')
    const work = join(here.folder, 'calendars', 'work')
    mkdirSync(work)
    mkdirSync(join(here.folder, 'contacts', 'club'))
    writeFileSync(join(work, 'displayname'), 'Work & travel')
    writeFileSync(join(work, 'color'), '#ff8800')
    await here.discover()
    await here.metasync()
    await here.sync()

    const asked = `<propfind xmlns="DAV:" xmlns:a="http://apple.com/ns/ical/">
      <prop><displayname/><a:calendar-color/><resourcetype/></prop></propfind>`
    const found = await dav.send('PROPFIND', '/dav/calendars/ada/work/', {
      body: asked,
      headers: { depth: '0' },
    })
    expect(found.text).toContain('Work &amp; travel')
    expect(found.text).toMatch(/#FF8800/i)
    expect((await dav.send('PROPFIND', '/dav/addressbooks/ada/club/', { body: asked })).text).toContain(
      '<card:addressbook/>',
    )
  })

  it('sees a conflict, and settles it as the user chose', async () => {
    await using dav = await startDav()
    for (const [choice, winner] of [
      ['a wins', 'here'],
      ['b wins', 'there'],
    ] as const) {
      using here = createComputer(peer, dav.base, dav.phone, choice)
      await dav.send('PUT', `${dav.phone.book}x.vcf`, { body: card('x', `before ${choice}`) })
      await here.discover()
      await here.sync()
      writeFileSync(join(here.contacts, 'x.vcf'), card('x', 'here'))
      await dav.send('PUT', `${dav.phone.book}x.vcf`, { body: card('x', 'there') })
      await here.sync()
      expect((await dav.send('GET', `${dav.phone.book}x.vcf`)).text).toBe(card('x', winner))
      expect(readFileSync(join(here.contacts, 'x.vcf'), 'utf8')).toBe(card('x', winner))
    }
  })

  it('leaves both sides as they are when nobody settles a conflict', async () => {
    await using dav = await startDav()
    using here = createComputer(peer, dav.base, dav.phone, null)
    await dav.send('PUT', `${dav.phone.book}x.vcf`, { body: card('x') })
    await here.discover()
    await here.sync()
    writeFileSync(join(here.contacts, 'x.vcf'), card('x', 'here'))
    await dav.send('PUT', `${dav.phone.book}x.vcf`, { body: card('x', 'there') })
    const { code, stderr } = await here.trySync()
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/conflict|changed on both sides/i)
    expect((await dav.send('GET', `${dav.phone.book}x.vcf`)).text).toBe(card('x', 'there'))
    expect(readFileSync(join(here.contacts, 'x.vcf'), 'utf8')).toBe(card('x', 'here'))
  })

  it('stops, and deletes nothing, while the server is not ready', async () => {
    let ready = true
    await using dav = await startDav(['Ada'], { ready: () => ready })
    using here = createComputer(peer, dav.base, dav.phone)
    for (let n = 0; n < 5; n++) writeFileSync(join(here.contacts, `${n}.vcf`), card(`${n}`))
    await here.discover()
    await here.sync()
    ready = false
    expect((await here.trySync()).code).not.toBe(0)
    expect(readdirSync(here.contacts).filter((name) => name.endsWith('.vcf'))).toHaveLength(5)
  })
})
