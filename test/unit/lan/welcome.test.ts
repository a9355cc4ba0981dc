import { X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, test } from 'vitest'
import { givenCertificates } from '../../../main/lan/certificates.ts'
import { startLan, type TestLan } from './fixture.ts'

let started: TestLan
let asked: string[]
beforeEach(async () => {
  asked = []
  started = await startLan((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.end()
  })
})

const get = (path: string) => fetch(`http://127.0.0.1:${started.port}${path}`, { redirect: 'manual' })

/** As fetch cannot: with this Host, or with a target that is no path. */
function raw(path: string, headers: Record<string, string>, method = 'GET', body = '') {
  return new Promise<{ status: number; location?: string; text: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: started.port, path, method, headers }, async (answer) => {
      const { location } = answer.headers
      resolve({ status: answer.statusCode!, ...(location ? { location } : {}), text: await text(answer) })
    })
    sent.on('error', reject).end(body)
  })
}

test('the page names the computer and shows the fingerprint to compare', async () => {
  const answer = await get('/?anything')
  const page = await answer.text()
  expect(answer.status).toBe(200)
  expect(page).toContain('<strong>ada-pc</strong>')
  expect(page.replaceAll('<wbr>', '')).toContain(new X509Certificate(started.root).fingerprint256)
  expect(page).not.toContain('{{')
})

test('the page may load nothing but its own, and ask nobody but this computer', async () => {
  const policy = (await get('/')).headers.get('content-security-policy')!
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  expect(policy).toContain(`connect-src 'self' https://127.0.0.1:${started.port}`)
  expect(await (await get('/')).text()).not.toMatch(/<script(?![^>]* src="\/)|<style|\son\w+=|\sstyle=/)
})

test('what has a type of its own comes by it', async () => {
  const { raw } = new X509Certificate(started.root)
  const der = await get('/root.crt')
  expect(der.headers.get('content-type')).toBe('application/x-x509-ca-cert')
  expect(Buffer.from(await der.arrayBuffer()).equals(raw)).toBe(true)
  expect(await (await get('/root.pem')).text()).toBe(started.root)
  const profile = await get('/root.mobileconfig')
  expect(profile.headers.get('content-type')).toBe('application/x-apple-aspen-config')
  expect(await profile.text()).toContain(raw.toString('base64'))
  expect((await get('/welcome.js')).headers.get('content-type')).toContain('javascript')
  expect((await get('/welcome.css')).headers.get('content-type')).toContain('css')
})

test('all else is sent on to TLS, with path and query as they came', async () => {
  for (const path of ['/dav/', '/portal/?x=1', '/.well-known/carddav', '/a%2Fb/../c']) {
    const answer = await raw(path, { host: `127.0.0.1:${started.port}` })
    expect(answer).toMatchObject({ status: 308, location: `https://127.0.0.1:${started.port}${path}` })
  }
  expect(asked).toEqual([])
})

test('it sends on to this computer only, whatever host was asked for', async () => {
  const own = `https://127.0.0.1:${started.port}`
  for (const host of ['evil.example', 'evil.example:443', 'a b', '', 'ada-pc.local.evil.example'])
    expect((await raw('/x', { host })).location).toBe(`${own}/x`)
  expect((await raw('//evil.example/x', { host: 'evil.example' })).location).toBe(`${own}//evil.example/x`)
  expect((await raw('http://evil.example/x', {})).status).toBe(400)
  for (const host of ['ada-pc.local:1234', 'ADA-PC.local:1234'])
    expect((await raw('/x', { host })).location).toBe('https://ada-pc.local:1234/x')
})

test.each(['PUT', 'POST', 'PROPFIND', 'OPTIONS', 'DELETE'])(
  '%s is refused, with a password too',
  async (method) => {
    const authorization = `Basic ${Buffer.from('ada:secret').toString('base64')}`
    const answer = await raw('/dav/x', { authorization }, method, method === 'PUT' ? 'x'.repeat(100_000) : '')
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('https://')
    expect(asked).toEqual([])
  },
)

test('HEAD has headers only', async () => {
  const answer = await raw('/', {}, 'HEAD')
  expect(answer).toEqual({ status: 200, text: '' })
})

test('with a certificate that phones trust anyway there is no page', async () => {
  const { port } = await startLan((_request, response) => void response.end(), {
    certificates: await givenCertificates({
      cert: join(started.tlsFolder, 'leaf.pem'),
      key: join(started.tlsFolder, 'leaf.key'),
    }),
  })
  const answer = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([308, `https://127.0.0.1:${port}/`])
  expect((await fetch(`http://127.0.0.1:${port}/root.crt`, { redirect: 'manual' })).status).toBe(308)
})
