/** Where the certificate comes from that phones are answered with. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Problem } from '../problem.ts'
import type { OwnAuthority } from '../tls/own-certificate.ts'
import type { Certificate } from './http-servers.ts'

export interface Certificates {
  /** The root that phones are to trust, in PEM form; null when they trust the certificate by themselves. */
  root: string | null
  /** A name that only this certificate is for. */
  name: string | null
  /** The certificate as it is now, for these names where it is ours to choose. */
  current(names: readonly string[]): Promise<Certificate>
}

/** From this installation's own root. */
export function ownCertificates(authority: OwnAuthority): Certificates {
  return {
    root: authority.root,
    name: null,
    async current(names) {
      const { certificate, key } = await authority.certificateFor(names)
      return { cert: certificate, key }
    },
  }
}

/** Its owner's, in files in PEM form; read again each time, for their owner renews them. @throws Problem `bad-input` */
export async function givenCertificates(files: { cert: string; key: string }): Promise<Certificates> {
  const current = async () => {
    const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')])
    return { cert, key }
  }
  try {
    const { subjectAltName = '' } = new X509Certificate((await current()).cert)
    const [, name = null] = /DNS:([^*,]+)(?:,|$)/.exec(subjectAltName) ?? []
    return { root: null, name, current }
  } catch (cause) {
    throw new Problem(
      'bad-input',
      'The certificate or its key cannot be read.',
      'Both are files in PEM form, given by --cert and --key.',
      { cause },
    )
  }
}
