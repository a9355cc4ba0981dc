/** Trees: names quoted and ordered as restic does it, and edits of a few nodes that leave the others as they are. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLocalNames } from '../../../main/vault/local-name.ts'
import { decodeName, isSafeName, nameBytes, quoteName, unquoteName } from '../../../main/vault/node-name.ts'
import { EMPTY_TREE, fileNode, folderNode, goTime, parseTree } from '../../../main/vault/tree.ts'
import { editTree, findNodeBytes, nodeName } from '../../../main/vault/tree-edit.ts'

const ID = 'ab'.repeat(32)
const file = (name: string, size = 1) =>
  fileNode(name, { size, modifiedAt: 1_700_000_000_000, content: [ID] })
const treeOf = (...names: string[]) => edited(EMPTY_TREE, new Map(names.map((name) => [name, file(name)])))
const inOrder = (names: Iterable<string>) =>
  Array.from(names, nodeName).sort((a, b) => (a.key < b.key ? -1 : 1))
const edited = (tree: Buffer, edits: ReadonlyMap<string, string | null>) =>
  editTree(tree, inOrder(edits.keys()), edits.size, ({ name }) => edits.get(name)!)
const namesIn = (tree: Buffer) => parseTree(tree).map(({ name }) => name)

describe('a name', () => {
  // As restic 0.19.1 stored them.
  it.each([
    ['plain.vcf', '"plain.vcf"'],
    ['b <&> "q" \\back.txt', '"b \\u003c\\u0026\\u003e \\\\\\"q\\\\\\" \\\\\\\\back.txt"'],
    ['bad\udcffname', '"bad\\\\xffname"'],
    ['n\u00a0b\u200dz', '"n\\\\u00a0b\\\\u200dz"'],
    ['tab\tbell\x07nul-less\x01\x7f', '"tab\\\\tbell\\\\anul-less\\\\x01\\\\x7f"'],
    ['😀Ａé', '"😀Ａé"'],
    ['\u{e0001}', '"\\\\U000e0001"'],
  ])('is stored as restic stores it: %j', (name, stored) => {
    expect(file(name)).toContain(`{"name":${stored},`)
    expect(namesIn(treeOf(name))).toEqual([name])
  })

  it('comes back from its quoted form, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
        const name = decodeName(Buffer.from(bytes))
        expect(nameBytes(name)).toEqual(Buffer.from(bytes))
        expect(unquoteName(quoteName(name))).toBe(name)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        expect(unquoteName(quoteName(name))).toBe(name)
      }),
    )
  })

  it('is read from every escape that Go knows, and refused with any other', () => {
    expect(unquoteName('\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\x41\\101\\u00e9\\U0001F600')).toBe(
      '\x07\b\f\n\r\t\v\\"AAé😀',
    )
    expect(unquoteName('\\xc3\\xa9')).toBe('é')
    for (const bad of ['\\', '\\q', '\\x4', '\\u12', '\\U00110000', '\\400']) {
      expect(() => unquoteName(bad), bad).toThrow(expect.objectContaining({ code: 'vault-damaged' }))
    }
  })

  it.each(['', '.', '..', 'a/b', '/', 'nul\0'])('that is no single path element is not safe: %j', (name) => {
    expect(isSafeName(name)).toBe(false)
  })

  it('that a system refuses or takes for another becomes one that it takes', () => {
    const windows = createLocalNames('win32')
    const given = ['a:b?.jpg', 'a_b_.jpg', 'con.txt', 'dot.', 'A.txt', 'a.txt', 'x\udcff', '..', 'ok']
    expect(given.map(windows)).toEqual([
      'a_b_.jpg',
      'a_b_ (2).jpg',
      '_con.txt',
      'dot_',
      'A.txt',
      'a (2).txt',
      'x_',
      undefined,
      'ok',
    ])
    expect(given.map(createLocalNames('linux'))).toEqual([...given.slice(0, 7), undefined, 'ok'])
    const mac = createLocalNames('darwin')
    expect(['é', 'e\u0301'].map(mac)).toEqual(['é', 'e\u0301 (2)'])
  })
})

describe('a time', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1_709_618_828_120, '2024-03-05T06:07:08.12Z'],
    [1_709_618_830_000, '2024-03-05T06:07:10Z'],
    [-1, '1969-12-31T23:59:59.999Z'],
    [1e15, '9999-12-31T23:59:59.999Z'],
    [-1e15, '0000-01-01T00:00:00Z'],
  ])('of %i ms is %s', (milliseconds, text) => {
    expect(goTime(milliseconds)).toBe(text)
  })
})

describe('a tree', () => {
  it('is what restic writes for the same nodes', () => {
    expect(treeOf('b.bin').toString()).toBe(
      `{"nodes":[{"name":"b.bin","type":"file","mode":384,"mtime":"2023-11-14T22:13:20Z","atime":"2023-11-14T22:13:20Z","ctime":"2023-11-14T22:13:20Z","uid":0,"gid":0,"size":1,"content":["${ID}"]}]}\n`,
    )
    expect(fileNode('empty', { size: 0, modifiedAt: 0, content: [] })).not.toContain('"size"')
    expect(fileNode('empty', { size: 0, modifiedAt: 0, content: [] })).toContain('"content":[]')
    expect(JSON.parse(folderNode('d', ID))).toMatchObject({
      type: 'dir',
      mode: 2147484096,
      content: null,
      subtree: ID,
    })
  })

  it('has its names in the order of their bytes, not of JavaScript’s strings', () => {
    expect(namesIn(treeOf('😀', 'Ａ', 'b', 'B', '"', 'ä', 'a\udcff', 'a'))).toEqual([
      '"',
      'B',
      'a',
      'a\udcff',
      'b',
      'ä',
      'Ａ',
      '😀',
    ])
  })

  it('is the same however it came to hold what it holds', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })
    const edits = fc.array(fc.tuple(name, fc.option(fc.nat(3))), { maxLength: 30 })
    fc.assert(
      fc.property(fc.array(edits, { maxLength: 4 }), (rounds) => {
        const model = new Map<string, string>()
        let tree: Buffer = EMPTY_TREE
        for (const round of rounds) {
          const before = new Map(model)
          const edit = new Map(round.map(([name, size]) => [name, size === null ? null : file(name, size)]))
          tree = editTree(tree, inOrder(edit.keys()), 0, ({ name }, old) => {
            expect(old?.toString()).toBe(before.get(name))
            return edit.get(name)!
          })
          for (const [name, node] of edit) {
            if (node === null) model.delete(name)
            else model.set(name, node)
          }
        }
        const sorted = [...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(tree.toString()).toBe(`{"nodes":[${sorted.map((name) => model.get(name)).join(',')}]}\n`)
        for (const name of sorted) expect(findNodeBytes(tree, name)?.toString()).toBe(model.get(name))
        expect(findNodeBytes(tree, 'not there')).toBeUndefined()
      }),
    )
  })

  it('keeps what other programs put in its other nodes, spaces and all', () => {
    const first = String.raw`{"inode":18446744073709551615,"extended_attributes":[{"name":"user.x","value":"AA=="}],"name":"a\u00e9]}\\\"","type":"fifo"}`
    const last = '{"name":"c", "type" : "dir","subtree":null}'
    const foreign = Buffer.from(`{ "nodes" : [\n ${first} , ${last} ] }`)
    expect(edited(foreign, new Map([['b', file('b')]])).toString()).toBe(
      `{"nodes":[${first},${file('b')},${last}]}\n`,
    )
    expect(findNodeBytes(foreign, 'aé]}"')?.toString()).toBe(first)
  })

  it('of an older restic may say null for no nodes', () => {
    expect(edited(Buffer.from('{"nodes":null}\n'), new Map()).equals(EMPTY_TREE)).toBe(true)
    expect(parseTree(Buffer.from('{"nodes":null}\n'))).toEqual([])
  })

  it.each([
    ['cut short', '{"nodes":[{"name":"a"'],
    ['out of order', '{"nodes":[{"name":"b"},{"name":"a"}]}'],
    ['with a name twice', '{"nodes":[{"name":"a"},{"name":"a"}]}'],
    ['with a nameless node', '{"nodes":[{"type":"file"}]}'],
    ['of another kind', '{"packs":[]}'],
    ['empty', ''],
  ])('%s is not edited', (_what, json) => {
    expect(() => edited(Buffer.from(json), new Map())).toThrow(
      expect.objectContaining({ code: 'vault-damaged' }),
    )
  })
})
