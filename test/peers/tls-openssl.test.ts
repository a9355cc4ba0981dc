/** openssl, which has no ties to what made our certificates, takes them: by name, by address, and on the wire. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAuthority, rootFile } from '../../main/tls/own-certificate.ts'
import { realWorld } from '../../main/world.ts'
import { startLan } from '../unit/lan/fixture.ts'
import { temporaryFolder } from '../unit/replica/fixture.ts'
import { describePeer, run } from './peers.ts'

const NAMES = ['ada-pc.local', 'localhost', '127.0.0.1', '192.168.7.9', 'fd00::7']

describePeer('openssl', 'certificates', ({ path: openssl }) => {
  async function verify(...options: string[]): Promise<{ code: number | null; said: string }> {
    const folder = await temporaryFolder()
    const { certificateFor } = await openAuthority(realWorld, folder, 'ada-pc')
    await certificateFor(NAMES)
    const chain = ['-CAfile', rootFile(folder), ...options, join(folder, 'leaf.pem')]
    const { code, stdout, stderr } = await run(openssl, ['verify', '-x509_strict', ...chain])
    return { code, said: `${stdout}${stderr}` }
  }

  test.each([
    ['-verify_hostname', 'ada-pc.local'],
    ['-verify_ip', '192.168.7.9'],
    ['-verify_ip', 'fd00::7'],
    ['-purpose', 'sslserver'],
  ])('the chain holds: %s %s', async (option, value) => {
    expect(await verify(option, value)).toMatchObject({ code: 0, said: expect.stringContaining('OK') })
  })

  test.each([
    ['-verify_hostname', 'evil.example'],
    ['-verify_ip', '192.168.7.10'],
    ['-purpose', 'sslclient'],
    ['-purpose', 'smimesign'],
  ])('and holds for nothing else: %s %s', async (option, value) => {
    expect((await verify(option, value)).code).not.toBe(0)
  })

  test('the certificate is for servers and for no more than 825 days, and signs nothing', async () => {
    const folder = await temporaryFolder()
    await (await openAuthority(realWorld, folder, 'ada-pc')).certificateFor(NAMES)
    const asText = async (name: string) =>
      (await run(openssl, ['x509', '-in', join(folder, name), '-noout', '-text'])).stdout.toString()
    const leaf = await asText('leaf.pem')
    expect(leaf).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(leaf).toMatch(/Extended Key Usage: *\s+TLS Web Server Authentication\n/)
    expect(leaf).toContain('CA:FALSE')
    expect(leaf).toContain('NIST CURVE: P-256')
    const [from = '', to = ''] = [...leaf.matchAll(/Not (?:Before|After) ?: (.*)/g)].map(([, at]) => at)
    expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBeLessThanOrEqual(825)
    expect(await asText('root.pem')).toMatch(
      /CA:TRUE, pathlen:0[\s\S]*Key Usage: critical\s+Certificate Sign, CRL Sign\n/,
    )
  })

  test.each(['-tls1_2', '-tls1_3'])('a connection with %s is verified', async (version) => {
    const started = await startLan((_request, response) => void response.end())
    const options = ['-connect', `127.0.0.1:${started.port}`, '-servername', 'ada-pc.local', version]
    const strict = [
      '-CAfile',
      rootFile(started.tlsFolder),
      '-verify_return_error',
      '-verify_hostname',
      'ada-pc.local',
    ]
    const { code, stdout } = await run(openssl, ['s_client', ...options, ...strict], { input: 'Q\n' })
    expect(stdout.toString()).toContain('Verify return code: 0 (ok)')
    expect(code).toBe(0)
  })

  test.each(['-tls1_2', '-tls1_3'])(
    'who does not trust us with %s is remembered, and nobody else',
    async (version) => {
      const started = await startLan((_request, response) => void response.end())
      const connect = ['s_client', '-connect', `127.0.0.1:${started.port}`, version, '-verify_return_error']
      const distrustedAt = () => started.lan.reach.distrustedAt!('127.0.0.1')
      await run(openssl, [...connect, '-CAfile', rootFile(started.tlsFolder)], { input: 'Q\n' })
      expect(distrustedAt()).toBeNull()
      await run(openssl, connect, { input: 'Q\n' })
      await expect.poll(distrustedAt).toBeTypeOf('number')
      expect(started.lan.reach.distrustedAt!('127.0.0.2')).toBeNull()
      expect(started.logged).toEqual([])
    },
  )

  test('older versions of TLS are refused', async () => {
    const { port } = await startLan((_request, response) => void response.end())
    const options = ['-connect', `127.0.0.1:${port}`, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']
    const { stdout, stderr } = await run(openssl, ['s_client', ...options], { input: 'Q\n' })
    expect(`${stdout}${stderr}`).toMatch(/protocol version|no protocols available/i)
  })
})
