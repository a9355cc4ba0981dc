/** Assembles main/vault/poly1305.wat into the base64 that poly1305-wasm.ts holds. Run it after a change of the source. */
import { readFile, writeFile } from 'node:fs/promises'
import wabt from 'wabt'

const SOURCE = new URL('../main/vault/poly1305.wat', import.meta.url)
const TARGET = new URL('../main/vault/poly1305-wasm.ts', import.meta.url)

/** The text of poly1305-wasm.ts, made from the source. */
export async function assemblePoly1305(): Promise<string> {
  const { parseWat } = await wabt()
  const parsed = parseWat('poly1305.wat', await readFile(SOURCE, 'utf8'), { simd: true })
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  return [
    '/** poly1305.wat, assembled by build/assemble-poly1305.ts; a unit test compares the two. */',
    'export const POLY1305_WASM =',
    `  '${base64}'`,
    '',
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) await writeFile(TARGET, await assemblePoly1305())
