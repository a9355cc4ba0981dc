/** vdirsyncer syncs over TLS with our root, or with the fingerprint of the certificate, and with neither of them not at all. */
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuthority, rootFile } from '../../main/tls/own-certificate.ts'
import { realWorld } from '../../main/world.ts'
import { startLan } from '../unit/lan/fixture.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { card, type DavFixture, startDav } from './dav-fixture.ts'
import { describePeer } from './peers.ts'
import { createComputer } from './vdirsyncer.ts'

async function serveOverTls(dav: DavFixture) {
  const asked: string[] = []
  const { port, tlsFolder } = await startLan((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    dav.handler(request, response)
  })
  const { fingerprint256 } = new X509Certificate(readFileSync(join(tlsFolder, 'leaf.pem')))
  return { base: `https://localhost:${port}`, root: rootFile(tlsFolder), fingerprint256, asked }
}

describePeer('vdirsyncer', 'Contacts over TLS', (peer) => {
  test.each(['verify', 'verify_fingerprint'] as const)('sync with %s', async (way) => {
    await using dav = await startDav()
    const { base, root, fingerprint256 } = await serveOverTls(dav)
    const trust = way === 'verify' ? { verify: root } : { verify_fingerprint: fingerprint256 }
    using here = createComputer(peer, base, dav.phone, 'b wins', trust)
    writeFileSync(join(here.contacts, 'ada.vcf'), card('ada'))
    await here.discover()
    await here.sync()
    expect((await dav.send('GET', `${dav.phone.book}ada.vcf`)).text).toBe(card('ada'))
    expect(dav.logged).toEqual([])
  })

  test('do not sync with a computer that has another root or another certificate', async () => {
    await using dav = await startDav()
    const { base, asked } = await serveOverTls(dav)
    const other = await temporaryFolder()
    const authority = await openAuthority(realWorld, other, 'other-pc')
    const { certificate } = await authority.certificateFor(['localhost'])
    const { fingerprint256 } = new X509Certificate(certificate)
    for (const trust of [{}, { verify: rootFile(other) }, { verify_fingerprint: fingerprint256 }]) {
      using here = createComputer(peer, base, dav.phone, 'b wins', trust)
      await expect(here.discover()).rejects.toThrow()
    }
    expect(asked).toEqual([])
  })
})
