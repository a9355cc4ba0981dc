/** The real program on a port of its own, over TLS by its own root, with a phone; for clients that come as a phone's apps do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { serve, sidekeep } from '../phone/command-line.ts'

const phoneSchema = z.object({ user: z.string(), password: z.string() })

export interface ServedPhone extends AsyncDisposable {
  /** Such as `https://127.0.0.1:40000`. */
  url: string
  user: string
  password: string
  /** The root certificate that a phone is asked to trust, as a file in PEM form. */
  root: string
  /** Folder of the chunks of uploads under way. */
  chunks: string
}

export async function servePhone(): Promise<ServedPhone> {
  const data = await mkdtemp(join(tmpdir(), 'sidekeep-tls-'))
  const serving = await serve(data, 0, true)
  const { user, password } = phoneSchema.parse(await sidekeep(data, ['phones', 'add', 'Ada']))
  return {
    ...{ url: serving.url, user, password, root: join(data, 'tls', 'root.pem') },
    chunks: join(data, 'Photos', '.chunks'),
    async [Symbol.asyncDispose]() {
      await serving.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}
