/** The laws of the house: the linter's import rules bite, and only the world touches the clock, chance and syncs. */
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { run } from '../peers/peers.ts'

const PROJECT = join(import.meta.dirname, '..', '..')

const FORBIDDEN = [
  ['main/engine.ts', 'electron'],
  ['main/guard/guard.ts', 'electron/main'],
  ['main/host/program.ts', 'electron'],
  ['main/replica/items.ts', 'electron'],
  ['main/replica/items.ts', '../links/dav/handler.ts'],
  ['main/replica/items.ts', '../vault/vault.ts'],
  ['main/replica/index/vcard.ts', '../../vault/vault.ts'],
  ['main/vault/vault.ts', 'electron'],
  ['main/vault/vault.ts', '../links/dav/handler.ts'],
  ['main/vault/vault.ts', '../replica/replica.ts'],
  ['main/links/dav/handler.ts', 'electron'],
  ['main/links/dav/handler.ts', '../../vault/vault.ts'],
  ['main/links/dav/handler.ts', '../portal/portal.ts'],
  ['main/links/dav/handler.ts', '../android/adb.ts'],
  ['main/links/dav/reports/query.ts', '../../cloud/account.ts'],
  ['main/links/dav/reports/query.ts', '../../iphone/backup.ts'],
  ['main/links/portal/setup.ts', '../dav/urls.ts'],
  ['main/links/cloud/capture.ts', '../dav/path.ts'],
  ['main/links/cloud/capture.ts', '../../vault/vault.ts'],
  ['main/links/portal/downloads/zips.ts', '../../../vault/vault.ts'],
  ['main/links/iphone/link.ts', '../android/adb.ts'],
  ['main/links/iphone/contacts/cards.ts', '../../../vault/vault.ts'],
  ['main/links/android/android.ts', '../cloud/cloud.ts'],
  ['main/links/android/android.ts', '../../vault/vault.ts'],
  ['renderer/desktop/app.ts', 'electron'],
  ['renderer/desktop/app.ts', '../../main/problem.ts'],
  ['renderer/phone/upload.ts', '../../main/links/portal/portal.ts'],
] as const

const ALLOWED = [
  ['main/shell/window.ts', 'electron'],
  ['preload/carrier.ts', 'electron'],
  ['main/backup/backup.ts', '../vault/vault.ts'],
  ['main/backup/backup.ts', '../replica/replica.ts'],
  ['main/links/dav/handler.ts', '../../replica/replica.ts'],
  ['main/links/dav/handler.ts', './xml.ts'],
  ['main/links/cloud/capture.ts', '../../replica/capture.ts'],
  ['main/links/portal/setup.ts', '../../replica/phones.ts'],
  ['renderer/desktop/app.ts', '../../preload/contract.ts'],
] as const

const Report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
})

describe('import laws', () => {
  let folder: string
  let refused: Set<string>

  // Each import gets a file of its own; one run of the linter, with the project's settings, judges them all.
  const fileOf = (path: string, imported: string) =>
    path.replace(/\.ts$/, `-${imported.replace(/\W+/g, '-')}.ts`)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sidekeep-laws-'))
    cpSync(join(PROJECT, 'biome.json'), join(folder, 'biome.json'))
    for (const [path, imported] of [...FORBIDDEN, ...ALLOWED]) {
      const file = join(folder, fileOf(path, imported))
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `import * as it from '${imported}'\n\nexport default it\n`)
    }
    const biome = join(PROJECT, 'node_modules', '.bin', 'biome')
    const { stdout } = await run(
      biome,
      ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json'],
      { cwd: folder },
    )
    refused = new Set(
      Report.parse(JSON.parse(stdout.toString()))
        .diagnostics.filter(({ category }) => category === 'lint/style/noRestrictedImports')
        .map(({ location }) => location.path),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(FORBIDDEN)('%s may not import %s', (path, imported) => {
    expect(refused).toContain(fileOf(path, imported))
  })

  it.each(ALLOWED)('%s may import %s', (path, imported) => {
    expect(refused).not.toContain(fileOf(path, imported))
  })
})

describe('the world', () => {
  /** What belongs to main/world.ts, by the call that would go round it. */
  const OUTSIDE =
    /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(?:Bytes|UUID|Fill|FillSync|Int)\b|\bgetRandomValues\b|\bf(?:data)?sync(?:Sync)?\(|\.(?:data)?sync\(/g

  /** Files that may go round it, each with its reason. */
  const EXCEPTIONS: Record<string, string> = {
    'main/world.ts': 'it is the world',
  }

  const callsOutside = (source: string) =>
    source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g, '').match(OUTSIDE) ?? []

  it.each(globSync('{main,preload}/**/*.ts', { cwd: PROJECT }).sort())('%s goes through it', (path) => {
    const calls = callsOutside(readFileSync(join(PROJECT, path), 'utf8'))
    if (path in EXCEPTIONS) expect(calls, 'an exception that is no longer needed').not.toEqual([])
    else expect(calls).toEqual([])
  })

  it.each([
    'const at = Date.now()',
    'const at = new Date()',
    'Math.random() * 10',
    "import { randomBytes } from 'node:crypto'",
    'const id = crypto.randomUUID()',
    'fs.fsyncSync(fd)',
    'await file.sync()',
    'await file.datasync()',
  ])('the scan finds “%s”', (source) => {
    expect(callsOutside(source)).toHaveLength(1)
  })

  it.each(['new Date(at)', '// not Date.now()', '/** Date.now() */', 'world.now()', 'await sync(phone)'])(
    'the scan lets “%s” pass',
    (source) => {
      expect(callsOutside(source)).toEqual([])
    },
  )
})
