/** What we depend on is written down and may be used, and the lock file holds for every platform. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const PROJECT = join(import.meta.dirname, '..', '..')
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
]

// MIT, as its Readme says; its manifest does not.
const LICENCE_IN_README = ['node_modules/combine-errors']

// LGPL, and loaded as files of their own that anyone may exchange: the decoders of photos.
const EXCHANGEABLE = /^node_modules\/(?:@img\/sharp-[a-z0-9-]+|libheif-js)$/
const WEAK = ['LGPL-3.0', 'LGPL-3.0-or-later']

const Names = z.record(z.string(), z.string())
const Manifest = z.object({ dependencies: Names, devDependencies: Names })
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ license: z.string().optional(), optionalDependencies: Names.optional() }),
  ),
})

const read = (path: string) => readFileSync(join(PROJECT, path), 'utf8')
const manifest = Manifest.parse(JSON.parse(read('package.json')))
const { packages } = Lock.parse(JSON.parse(read('package-lock.json')))

/** Rows of the tables in docs/dependencies.md, chapter by chapter. */
function documented(chapter: string): { name: string; licence: string }[] {
  const text = read('docs/dependencies.md').split(`\n## ${chapter}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...text.matchAll(/^\| `(.+?)` \| (.+?) \| .+ \|$/gm)].map(([, name = '', licence = '']) => ({
    name,
    licence,
  }))
}

describe.each([
  { chapter: 'At run time', wanted: manifest.dependencies },
  { chapter: 'For development and tests', wanted: manifest.devDependencies },
])('docs/dependencies.md, “$chapter”', ({ chapter, wanted }) => {
  const rows = documented(chapter)

  it('lists every dependency and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(wanted).sort())
  })

  it('states their licences', () => {
    expect(rows.map(({ name, licence }) => [name, licence])).toEqual(
      rows.map(({ name }) => [name, packages[`node_modules/${name}`]?.license]),
    )
  })
})

it('what is imported at run time is for run time, and nothing else is', () => {
  const imported = globSync('{main,preload,renderer}/**/*.{ts,tsx}', { cwd: PROJECT })
    .flatMap((path) => [...read(path).matchAll(/^(?:import\b[^'\n]*|\} from )'([^'.][^']*)'/gm)])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0])
  // Node runs it all.
  expect([...new Set([...imported, 'node'])].sort()).toEqual(Object.keys(manifest.dependencies).sort())
})

describe('package-lock.json', () => {
  it('holds only licences that may be used', () => {
    const others = Object.entries(packages)
      .filter(([path]) => path !== '' && !LICENCE_IN_README.includes(path))
      .filter(([path, { license = '' }]) => {
        const allowed = EXCHANGEABLE.test(path) ? [...LICENCES, ...WEAK] : LICENCES
        const holds = (one: string) => one.split(' AND ').every((part) => allowed.includes(part))
        return !license
          .replace(/^\((.*)\)$/, '$1')
          .split(' OR ')
          .some(holds)
      })
      .map(([path, { license }]) => `${path}: ${license}`)
    expect(others).toEqual([])
  })

  // Else `npm ci` refuses to install, on any platform: some versions of npm drop what is not for the machine at hand.
  it('holds the packages of every platform', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    )
    expect(missing).toEqual([])
  })
})
