/** A phone's browser without its page: paired with an engine, and sending files by tus with the page's own library. */
import { createHash } from 'node:crypto'
import { DefaultHttpStack, Upload } from 'tus-js-client'
import { type PortalInput, type PortalMethod, portalPaths } from '../../preload/portal.ts'
import { createLoadClient, keepAliveAgent } from './load.ts'
import type { SidekeepEngine } from './sidekeep.ts'

/** A file as the page has it after it was hashed. */
export interface HashedFile {
  name: string
  bytes: Buffer
  sha256: string
}

export interface PortalPhone {
  /** What its browser sends as `Cookie`. */
  cookie: string
  /** Resolves once the file is stored. @throws Error as soon as anything is refused. */
  send(file: HashedFile): Promise<void>
  close(): void
}

export function hashed(name: string, bytes: Buffer): HashedFile {
  return { name, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Pairs a new phone with an engine; both sides say yes. */
export async function pairPortalPhone(engine: SidekeepEngine, phoneName: string): Promise<PortalPhone> {
  const { url, root } = engine
  const client = createLoadClient(new URL(portalPaths.api, url), undefined, root)
  const cookies: string[] = []
  const ours = () => ({ origin: url, cookie: cookies.join('; ') })

  async function call<M extends PortalMethod>(method: M, input: PortalInput<M>): Promise<void> {
    const headers = { ...ours(), 'content-type': 'application/json' }
    const answer = await client.send('POST', method, JSON.stringify(input), headers)
    cookies.push(...(answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]!))
  }

  const { id: pairing, words } = await engine.call('pairing.start', {})
  await call('pair.claim', { secret: words ?? '', platform: 'android', device: phoneName })
  await engine.call('pairing.confirm', { pairing, as: { name: phoneName } })
  await call('pair.state', {})
  client.close()

  const agent = keepAliveAgent(new URL(url), root)
  const httpStack = new DefaultHttpStack({ agent })
  return {
    cookie: cookies.join('; '),
    send: ({ name, bytes, sha256 }) =>
      new Promise((resolve, reject) => {
        new Upload(bytes, {
          ...{ endpoint: url + portalPaths.uploads, headers: ours(), httpStack, retryDelays: null },
          metadata: {
            filename: name,
            filetype: 'image/jpeg',
            sha256,
            modified: '1700000000000',
            picked: 'photos',
          },
          onSuccess: () => resolve(),
          onError: reject,
        }).start()
      }),
    close: () => agent.destroy(),
  }
}
