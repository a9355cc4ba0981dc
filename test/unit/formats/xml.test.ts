/** The XML reader is strict and small; what it reads and we write means the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAV } from '../../../main/formats/dav-namespaces.ts'
import {
  childElements,
  escapeText,
  findChild,
  parseXml,
  textOf,
  writeElement,
  XmlError,
} from '../../../main/formats/xml.ts'

const parse = (text: string) => parseXml(Buffer.from(text))

describe('reading', () => {
  it('resolves namespaces whatever the prefix', () => {
    const root = parse('<x:propfind xmlns:x="DAV:"><x:prop><a xmlns="urn:b" c="d"/></x:prop></x:propfind>')
    expect(root).toMatchObject({ namespace: DAV, local: 'propfind' })
    const inner = childElements(findChild(root, DAV, 'prop')!)
    expect(inner).toEqual([
      {
        namespace: 'urn:b',
        local: 'a',
        attributes: [{ namespace: '', local: 'c', value: 'd' }],
        children: [],
      },
    ])
  })

  it('joins text, CDATA and character references', () => {
    expect(textOf(parse('<a>1 &lt; <![CDATA[2 & 3]]>&#13;<b>!</b></a>'))).toBe('1 < 2 & 3\r!')
  })

  it('reads UTF-16 with a byte order mark', () => {
    expect(textOf(parseXml(Buffer.from('\ufeff<a>ü</a>', 'utf16le')))).toBe('ü')
  })

  it.each([
    ['wrong nesting', '<a><b></a></b>'],
    ['an end too early', '<a><b>'],
    ['nothing at all', ''],
    ['two roots', '<a/><b/>'],
    ['an undeclared prefix', '<d:a/>'],
    ['a prefix bound to nothing', '<a xmlns:bar=""/>'],
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['too many levels', '<a>'.repeat(65) + '</a>'.repeat(65)],
  ])('refuses %s', (_name, text) => {
    expect(() => parse(text)).toThrow(XmlError)
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).toThrow(XmlError)
  })

  it('refuses more elements than its limit', () => {
    expect(() => parseXml(Buffer.from(`<a>${'<b/>'.repeat(10)}</a>`), { depth: 9, elements: 10 })).toThrow(
      XmlError,
    )
  })
})

describe('writing', () => {
  it('keeps names, attributes and text of any element', () => {
    const source =
      '<p:a xmlns:p="urn:p" xml:lang="de" p:q="1 &quot;2&quot;&#10;">t&#13;\n<b xmlns="">&amp;</b><p:c/></p:a>'
    const element = parse(source)
    expect(parse(writeElement(element))).toEqual(element)
  })

  it('carries every text that XML can carry, line ends included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = textOf(parse(`<a>${escapeText(text)}</a>`))
        expect(read).toBe(text.replace(/[\ufffe\uffff\p{Cs}]|(?![\t\n\r\x7f-\x9f])\p{Cc}/gu, '\ufffd'))
      }),
    )
  })
})
