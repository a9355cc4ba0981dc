/** Hashes files off the page's thread, slice by slice, so that a film of 4 GB takes no more memory than a photo. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { createSHA256 } from 'hash-wasm'
import type { HashAnswer, HashRequest } from './hash-message.ts'

const SLICE = 4 * 1024 ** 2

interface Hasher {
  init(): void
  update(bytes: Uint8Array): void
  digest(): string
}

const hasher: Promise<Hasher> = makeHasher()
const stopped = new Set<number>()

// Safari 15 knows no policy that lets WebAssembly run without letting `eval` run as well.
async function makeHasher(): Promise<Hasher> {
  try {
    return await createSHA256()
  } catch {
    let state = sha256.create()
    return {
      init: () => {
        state = sha256.create()
      },
      update: (bytes) => void state.update(bytes),
      digest: () => bytesToHex(state.digest()),
    }
  }
}

self.onmessage = async ({ data }: MessageEvent<HashRequest>) => {
  if ('stop' in data) return void stopped.add(data.stop)
  const { id, file } = data
  try {
    const hash = await hashFile(id, file)
    if (hash !== undefined) answer({ id, hash })
  } catch {
    // Reading is all that can fail here: the phone took the file away, or its cloud did not bring it.
    answer({ id, unreadable: true })
  } finally {
    stopped.delete(id)
  }
}

/** @returns undefined when it was stopped. */
async function hashFile(id: number, file: File): Promise<string | undefined> {
  const sum = await hasher
  sum.init()
  for (let at = 0; at < file.size; at += SLICE) {
    const bytes = await file.slice(at, at + SLICE).arrayBuffer()
    if (stopped.has(id)) return undefined
    sum.update(new Uint8Array(bytes))
  }
  return sum.digest()
}

function answer(message: HashAnswer): void {
  self.postMessage(message)
}
