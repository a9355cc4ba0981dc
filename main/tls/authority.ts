/** A certificate authority of this installation's own: made once, kept for ever, trusted by its owner's phones and by no one else. */
import { createPrivateKey, KeyObject, X509Certificate as ReadCertificate, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
// @peculiar/x509 registers its parts through it, and wants it loaded first.
import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { World } from '../world.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 86_400_000
const ROOT_DAYS = 30 * 365
/** Apple takes no leaf that is valid for longer than 825 days; renewed in time, a shorter one costs nothing. */
const LEAF_DAYS = 397
/** A leaf is renewed when it has less than this left, in milliseconds. */
const RENEW_BEFORE = 60 * DAY
// Phones whose clock is a little behind must take a fresh certificate, too.
const CLOCK_SLACK = DAY

/** A certificate and its private key, both in PEM form. */
export interface Identity {
  certificate: string
  key: string
}

/** Makes the root. @param computer how its owner knows this computer; phones show it in their list of certificates. */
export async function makeRoot(world: World, computer: string): Promise<Identity> {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(world),
    name: [{ CN: [`Sidekeep on ${computer}`] }],
    ...validity(world, ROOT_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: toPem(keys.privateKey) }
}

/** The name that makeRoot gave. @param root the certificate in PEM form. */
export function rootName(root: string): string {
  return new X509Certificate(root).subjectName.getField('CN')[0]!
}

/** Makes a certificate for a server. @param names host names and IP addresses it answers to; at least one. */
export async function makeLeaf(world: World, root: Identity, names: readonly string[]): Promise<Identity> {
  const keys = await makeKeys()
  const issuer = new X509Certificate(root.certificate)
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(world),
    subject: [{ CN: [names[0]!] }],
    issuer: issuer.subject,
    ...validity(world, LEAF_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(root.key).toCryptoKey(ALGORITHM, false, ['sign']),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return { certificate: certificate.toString('pem'), key: toPem(keys.privateKey) }
}

/** Tells whether a leaf is from this root, has its key and all the names, and is good for a while yet. */
export function isGoodLeaf(world: World, root: Identity, leaf: Identity, names: readonly string[]): boolean {
  if (!isPair(leaf)) return false
  const issuer = new ReadCertificate(root.certificate)
  const certificate = new X509Certificate(leaf.certificate)
  const held = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
  const known = new Set(held.map(({ value }) => value))
  return (
    new ReadCertificate(leaf.certificate).verify(issuer.publicKey) &&
    certificate.notAfter.getTime() - world.now() > RENEW_BEFORE &&
    certificate.notBefore.getTime() <= world.now() &&
    names.every((name) => known.has(name))
  )
}

/** Tells whether both can be read and belong together. */
export function isPair({ certificate, key }: Identity): boolean {
  try {
    return new ReadCertificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

function toPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

function validity(world: World, days: number): { notBefore: Date; notAfter: Date } {
  const from = world.now() - CLOCK_SLACK
  return { notBefore: new Date(from), notAfter: new Date(from + days * DAY) }
}

// Positive, as RFC 5280 (4.1.2.2) asks, and never twice.
function serialNumber(world: World): string {
  const bytes = world.random(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}
