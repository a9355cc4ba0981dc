import { expect, test } from 'vitest'
import { readNetwork } from '../../../main/lan/network.ts'
import { reachOf } from '../../../main/lan/reach-of.ts'
import { interfaceWith } from './fixture.ts'

const LOOPBACK = interfaceWith('127.0.0.1/8', '::1/128').map((one) => ({ ...one, internal: true }))
const INTERFACES = {
  lo: LOOPBACK,
  docker0: interfaceWith('172.17.0.1/16'),
  'br-0123456789ab': interfaceWith('172.18.0.1/16'),
  tailscale0: interfaceWith('100.101.102.103/32'),
  wlan0: interfaceWith('169.254.3.4/16'),
  eth0: interfaceWith('2001:db8::9/64', 'fe80::1/64', '192.168.7.9/24'),
}
const AUTHORITY = { root: 'pem', name: null, current: () => Promise.reject(new Error('not asked for')) }

test('phones are told the likeliest addresses first, and none of containers or without a network', () => {
  expect(readNetwork('Ada-PC.example.org', INTERFACES).addresses).toEqual([
    '192.168.7.9',
    '100.101.102.103',
    '2001:db8::9',
    '169.254.3.4',
  ])
})

test('virtual addresses are told where there are no others', () => {
  expect(readNetwork('pc', { lo: LOOPBACK, docker0: INTERFACES.docker0 }).addresses).toEqual(['172.17.0.1'])
})

test('the certificate is for the local name first, the full name, and all that is told', () => {
  const { names, addresses } = readNetwork('Ada-PC.example.org', INTERFACES)
  expect(names).toEqual(['ada-pc.local', 'ada-pc.example.org', 'localhost', '127.0.0.1', '::1', ...addresses])
})

test('each network knows its own addresses', () => {
  const [link] = readNetwork('pc', { eth0: INTERFACES.eth0 }).links
  expect(link).toMatchObject({ interface: 'eth0', address: '192.168.7.9' })
  expect(['192.168.7.200', '192.168.8.1', '::1', 'nonsense'].map((address) => link!.holds(address))).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test.each([
  [undefined, 'https://pc.local:8553', ['https://192.168.7.9:8553', 'https://[2001:db8::9]:8553']],
  ['::', 'https://pc.local:8553', ['https://192.168.7.9:8553', 'https://[2001:db8::9]:8553']],
  ['0.0.0.0', 'https://pc.local:8553', ['https://192.168.7.9:8553']],
  ['192.168.7.9', 'https://192.168.7.9:8553', ['https://192.168.7.9:8553']],
  ['2001:db8::9', 'https://[2001:db8::9]:8553', ['https://[2001:db8::9]:8553']],
  ['pc.example.org', 'https://pc.example.org:8553', []],
])('listening on %s, phones reach %s', (host, url, urlsByAddress) => {
  const reach = reachOf(readNetwork('pc', { eth0: INTERFACES.eth0 }), host, 8553, AUTHORITY)
  expect(reach).toMatchObject({ url, urlsByAddress, root: 'pem' })
  const pages = [...new Set([url, ...urlsByAddress])].map((one) => `${one.replace('https', 'http')}/`)
  expect(reach.welcomeUrls).toEqual(pages)
})

test('there is no page to begin with without TLS, nor where phones trust the certificate anyway', () => {
  const network = readNetwork('pc', { eth0: INTERFACES.eth0 })
  expect(reachOf(network, '127.0.0.1', 80, null)).toEqual({
    ...{ url: 'http://127.0.0.1:80', urlsByAddress: ['http://127.0.0.1:80'], welcomeUrls: [], root: null },
  })
  const given = { ...AUTHORITY, root: null, name: 'pc.example.org' }
  expect(reachOf(network, undefined, 443, given)).toMatchObject({
    url: 'https://pc.example.org:443',
    welcomeUrls: [],
  })
})
