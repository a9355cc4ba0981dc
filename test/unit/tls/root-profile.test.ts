import { X509Certificate } from 'node:crypto'
import { parse } from 'plist'
import { expect, test } from 'vitest'
import { makeRoot, rootName } from '../../../main/tls/authority.ts'
import { rootProfile } from '../../../main/tls/root-profile.ts'
import { realWorld } from '../../../main/world.ts'

interface Payload {
  [key: string]: unknown
  PayloadContent: Payload[]
}

const read = (root: string) => parse(rootProfile(root)) as unknown as Payload

test('the profile holds the root and nothing else, under identifiers that stay', async () => {
  const { certificate } = await makeRoot(realWorld, 'Ada’s “PC” & <Co>')
  const profile = read(certificate)
  expect(profile).toMatchObject({ PayloadType: 'Configuration', PayloadVersion: 1 })
  expect(profile.PayloadDisplayName).toBe('Sidekeep on Ada’s “PC” & <Co>')
  expect(profile.PayloadContent).toHaveLength(1)
  const [payload] = profile.PayloadContent
  expect(payload).toMatchObject({ PayloadType: 'com.apple.security.root', PayloadVersion: 1 })
  const held = Buffer.from(payload!.PayloadContent as unknown as Uint8Array)
  expect(held.equals(new X509Certificate(certificate).raw)).toBe(true)
  for (const one of [profile, payload!])
    expect(one.PayloadUUID).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
  expect(profile.PayloadUUID).not.toBe(payload!.PayloadUUID)
  expect(read(certificate)).toEqual(profile)
})

test('another computer’s profile replaces none of ours', async () => {
  const [one, other] = await Promise.all([makeRoot(realWorld, 'pc'), makeRoot(realWorld, 'pc')])
  expect(read(one.certificate).PayloadIdentifier).not.toBe(read(other.certificate).PayloadIdentifier)
})

test.each(['vm', 'Ada’s PC', 'a, b + c'])('a computer called %s is named so', async (computer) => {
  expect(rootName((await makeRoot(realWorld, computer)).certificate)).toBe(`Sidekeep on ${computer}`)
})
