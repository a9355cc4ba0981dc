/** Digest authentication, with the example of RFC 7616, 3.9.1. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { answerTo, readChallenge } from '../../../../main/links/cloud/digest.ts'
import { createTransport } from '../../../../main/links/cloud/transport.ts'
import { realWorld } from '../../../../main/world.ts'

const offer = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'

const proof = {
  user: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
}

test.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('the proof by %s is as in the RFC', (algorithm, response) => {
  const header = answerTo(readChallenge(offer(algorithm))!, proof)
  expect(header).toContain(`response="${response}"`)
  expect(header).toContain('username="Mufasa"')
  expect(header).toContain(', qop=auth, nc=00000001, ')
})

test('the best algorithm that both know is taken', () => {
  const offers = ['MD5', 'ROT13', 'SHA-256'].map(offer).join(', ')
  expect(readChallenge(offers)?.algorithm).toBe('sha256')
})

test.each([
  ['no offer', null],
  ['the password itself is wanted as well', `${offer('MD5')}, Basic realm="x"`],
  ['only what we do not know', 'Negotiate, Bearer realm="x"'],
  ['an unknown algorithm', offer('ROT13')],
  ['only whole bodies', offer('MD5').replace('auth, auth-int', 'auth-int')],
])('%s is no challenge', (_, header) => expect(readChallenge(header)).toBeUndefined())

test('a name that no header can hold is written as UTF-8', () => {
  const header = answerTo(readChallenge(offer('MD5'))!, { ...proof, user: 'Jäsøn' })
  expect(header).toContain("username*=UTF-8''J%C3%A4s%C3%B8n")
})

async function guarded(isRight: (header: string) => boolean, challengeNow: () => string): Promise<URL> {
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers
    if (isRight(authorization)) return void response.end('in')
    response.writeHead(401, { 'www-authenticate': challengeNow() }).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

function open(server: URL) {
  const transport = createTransport({
    ...{ servers: [server], domains: [], random: realWorld.random },
    credentials: { user: 'ada', password: 'pass' },
  })
  onTestFinished(() => transport.close())
  return transport
}

test('a challenge that grew old is exchanged, and answers are counted', async () => {
  let nonce = 'one'
  const counts: string[] = []
  const url = await guarded(
    (header) => {
      const isFresh = header.includes(`nonce="${nonce}"`)
      if (isFresh) counts.push(/nc=(\d+)/.exec(header)![1]!)
      return isFresh
    },
    () => `Digest realm="r", nonce="${nonce}", qop="auth"`,
  )
  const transport = open(url)
  await transport.send('GET', url)
  await transport.send('GET', url)
  nonce = 'two'
  expect((await transport.send('GET', url)).body.toString()).toBe('in')
  expect(counts).toEqual(['00000001', '00000002', '00000001'])
})

test('a wrong password is said after one try', async () => {
  let asked = 0
  const url = await guarded(
    () => ++asked < 0,
    () => `Digest realm="r", nonce="${asked}", qop="auth"`,
  )
  await expect(open(url).send('GET', url)).rejects.toMatchObject({ code: 'wrong-password' })
  expect(asked).toBe(2)
})
