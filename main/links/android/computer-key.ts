/** The key by which phones know this computer where no ADB server has one: made once, readable by its owner alone. */
import { createPrivateKey, generateKeyPair } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { AdbCredentialStore } from '@yume-chan/adb'

/** What the phone's question shows beside the key. */
const NAME = 'sidekeep'

/** @param path of the key's file, in PKCS #8 as PEM; its folder is made where it is missing. */
export function createCredentialStore(path: string): AdbCredentialStore {
  return {
    async *iterateKeys() {
      const pem = await readFile(path, 'utf8').catch(ifMissing)
      if (pem === undefined) return
      yield { buffer: createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }), name: NAME }
    },
    async generateKey() {
      const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      // Whole or not there at all. One that a power cut takes away costs its owner one more tap.
      await writeFile(`${path}.new`, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      await rename(`${path}.new`, path)
      return { buffer: privateKey.export({ type: 'pkcs8', format: 'der' }), name: NAME }
    },
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
