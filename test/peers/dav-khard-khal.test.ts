/** People and appointments made with khard and khal on one computer are seen there on another, through our server. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { card, event, startDav } from './dav-fixture.ts'
import { describePeer, run } from './peers.ts'
import { type Computer, createComputer } from './vdirsyncer.ts'

describePeer('vdirsyncer', 'Command line programs that read folders', (vdirsyncer) => {
  describePeer('khard', 'An address book', (khard) => {
    it('shows contacts of the phone, and hands new ones to it', async () => {
      await using dav = await startDav()
      using here = createComputer(vdirsyncer, dav.base, dav.phone)
      await dav.send('PUT', `${dav.phone.book}ada.vcf`, {
        body: card('ada', 'Lovelace;Ada').replace('FN:Lovelace;Ada', 'FN:Ada Lovelace'),
      })
      await here.discover()
      await here.sync()
      expect(await runKhard(khard.path, here, ['list'])).toContain('Ada Lovelace')

      await runKhard(
        khard.path,
        here,
        ['new', '--vcard-version', '3.0'],
        'First name: Grace\nLast name: Hopper\nPhone:\n    cell: "+1 202 555 0100"\n',
      )
      await here.sync()
      const listed = await dav.send('PROPFIND', dav.phone.book, { headers: { depth: '1' } })
      const hrefs = [...listed.text.matchAll(/<d:href>([^<]*\.vcf)<\/d:href>/g)].map((match) => match[1]!)
      const cards = await Promise.all(hrefs.map(async (href) => (await dav.send('GET', href)).text))
      expect(cards.some((text) => /FN:Grace Hopper/.test(text) && /\+1 202 555 0100/.test(text))).toBe(true)
    })
  })

  describePeer('khal', 'A calendar', (khal) => {
    it('shows events of the phone, and hands new ones to it', async () => {
      await using dav = await startDav()
      using here = createComputer(vdirsyncer, dav.base, dav.phone)
      await dav.send('PUT', `${dav.phone.calendar}walk.ics`, { body: event('walk', '20270105T100000Z') })
      await here.discover()
      await here.sync()
      expect(await runKhal(khal.path, here, ['list', '2027-01-05', '1d'])).toContain('walk')

      await runKhal(khal.path, here, ['new', '2027-01-06', '12:00', '13:00', 'Lunch with Zoë'])
      await here.sync()
      const listed = await dav.send('PROPFIND', dav.phone.calendar, { headers: { depth: '1' } })
      const hrefs = [...listed.text.matchAll(/<d:href>([^<]*\.ics)<\/d:href>/g)].map((match) => match[1]!)
      const events = await Promise.all(hrefs.map(async (href) => (await dav.send('GET', href)).text))
      expect(events.filter((text) => text.includes('SUMMARY:Lunch with Zoë'))).toHaveLength(1)
    })
  })
})

async function runKhard(path: string, here: Computer, args: string[], input = ''): Promise<string> {
  const config = join(here.folder, 'khard.conf')
  writeFileSync(config, `[addressbooks]\n[[contacts]]\npath = ${here.contacts}\n`)
  return mustRun(path, ['-c', config, ...args], input)
}

async function runKhal(path: string, here: Computer, args: string[]): Promise<string> {
  const config = join(here.folder, 'khal.conf')
  writeFileSync(
    config,
    `[calendars]
[[calendar]]
path = ${here.calendar}
[sqlite]
path = ${join(here.folder, 'khal.db')}
[default]
default_calendar = calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
`,
  )
  return mustRun(path, ['-c', config, ...args])
}

async function mustRun(path: string, args: string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(path, args, { input, env: { LC_ALL: 'C.UTF-8' } })
  if (code !== 0) throw new Error(`${path} ${args.join(' ')} failed: ${stderr}`)
  return stdout.toString()
}
