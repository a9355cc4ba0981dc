/** XML as DAV speaks it: a strict reader into a light tree, without DOCTYPE or entities, and what is needed to write answers. */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { PREFIXES } from './dav-namespaces.ts'

export interface XmlAttribute {
  /** '' for an attribute without prefix. */
  namespace: string
  local: string
  value: string
}

export interface XmlElement {
  /** '' for an element in no namespace. */
  namespace: string
  local: string
  /** Without namespace declarations. */
  attributes: XmlAttribute[]
  /** Elements and text in their order; comments and processing instructions are left out. */
  children: (XmlElement | string)[]
}

export interface XmlLimits {
  /** Most levels of elements within each other. */
  depth: number
  /** Most elements in all. */
  elements: number
}

const XML_LIMITS: XmlLimits = { depth: 64, elements: 250_000 }

/** The text is no XML that we take; the server answers 400. */
export class XmlError extends Error {
  override name = 'XmlError'
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

/**
 * Reads a document and returns its root.
 * @param body UTF-8, or UTF-16 with a byte order mark (both are a must by XML 1.0, 2.2).
 * @throws XmlError when it is not well-formed, uses an undeclared prefix, has a DOCTYPE, or is over a limit.
 */
export function parseXml(body: Uint8Array, limits: XmlLimits = XML_LIMITS): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  let elements = 0
  const refuse = (reason: string): never => {
    throw new XmlError(reason)
  }
  const addText = (text: string) => {
    open.at(-1)?.children.push(text)
  }
  parser.on('error', (error) => refuse(error.message))
  parser.on('doctype', () => refuse('a DOCTYPE is not taken'))
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('opentag', (tag) => {
    if (++elements > limits.elements) refuse('too many elements')
    if (open.length >= limits.depth) refuse('too many levels')
    const element = elementOf(tag)
    const parent = open.at(-1)
    if (parent) parent.children.push(element)
    else root = element
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(decode(body)).close()
  return root ?? refuse('no element')
}

function decode(body: Uint8Array): string {
  const mark = body.length >= 2 ? (body[0]! << 8) | body[1]! : 0
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body)
  } catch (cause) {
    throw new XmlError(`not ${encoding}`, { cause })
  }
}

function elementOf(tag: SaxesTagNS): XmlElement {
  const attributes: XmlAttribute[] = []
  for (const { uri, local, value } of Object.values(tag.attributes)) {
    if (uri !== XMLNS_NAMESPACE) attributes.push({ namespace: uri, local, value })
  }
  return { namespace: tag.uri, local: tag.local, attributes, children: [] }
}

/** Tells whether the element has this name. */
export function isNamed(element: XmlElement, namespace: string, local: string): boolean {
  return element.local === local && element.namespace === namespace
}

/** The elements directly in this one, without the text between them. */
export function childElements(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string')
}

/** The first element of this name directly in the given one. */
export function findChild(element: XmlElement, namespace: string, local: string): XmlElement | undefined {
  return childElements(element).find((child) => isNamed(child, namespace, local))
}

/** All text at any depth in the element, put together. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('')
}

/** The value of an attribute without namespace. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find((attribute) => attribute.local === local && attribute.namespace === '')
    ?.value
}

// All but the characters of XML 1.0, 2.2: controls, lone surrogates and two non-characters.
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/**
 * Text made fit to stand in an element. Carriage returns are written as references, for a reader would drop them (XML 1.0, 2.11);
 * characters that XML cannot carry become U+FFFD.
 */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
    .replace(UNWRITABLE, '\ufffd')
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\t', '&#9;').replaceAll('\n', '&#10;')
}

/** How an element of this name is opened and closed in an answer, where the prefixes of `PREFIXES` are declared. */
export function tagOf(namespace: string, local: string): { open: string; close: string; empty: string } {
  const prefix = PREFIXES.get(namespace)
  const name = prefix ? `${prefix}:${local}` : namespace === '' ? local : `x:${local}`
  const declared = prefix || namespace === '' ? name : `${name} xmlns:x="${escapeAttribute(namespace)}"`
  return { open: `<${declared}>`, close: `</${name}>`, empty: `<${declared}/>` }
}

/** Declarations of all prefixes of `PREFIXES`, for a root element. */
export const PREFIX_DECLARATIONS = [...PREFIXES]
  .map(([namespace, prefix]) => ` xmlns:${prefix}="${namespace}"`)
  .join('')

/** Writes an element as XML that stands by itself: every namespace it uses is declared in it. */
export function writeElement(element: XmlElement): string {
  const declared = element.namespace === '' ? ' xmlns=""' : ` xmlns="${escapeAttribute(element.namespace)}"`
  const attributes = element.attributes.map(writeAttribute).join('')
  const inner = element.children
    .map((child) => (typeof child === 'string' ? escapeText(child) : writeElement(child)))
    .join('')
  return `<${element.local}${declared}${attributes}>${inner}</${element.local}>`
}

function writeAttribute({ namespace, local, value }: XmlAttribute, index: number): string {
  if (namespace === '') return ` ${local}="${escapeAttribute(value)}"`
  if (namespace === XML_NAMESPACE) return ` xml:${local}="${escapeAttribute(value)}"`
  return ` xmlns:a${index}="${escapeAttribute(namespace)}" a${index}:${local}="${escapeAttribute(value)}"`
}
