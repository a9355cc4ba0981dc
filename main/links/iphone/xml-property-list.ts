/** Reads property lists in XML (Apple's PropertyList-1.0.dtd). A strict reader that keeps what it finds to itself: lists hold private things. */
import { SaxesParser } from 'saxes'

export type ListValue =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | ListValue[]
  | { [key: string]: ListValue }

/** A dictionary or array that is not closed yet. */
interface Open {
  value: ListValue[] | { [key: string]: ListValue }
  key: string | undefined
}

/** @throws Error when it is none. */
export function readXmlPropertyList(text: string): ListValue {
  const parser = new SaxesParser()
  const open: Open[] = []
  let root: ListValue | undefined
  let words = ''

  function put(value: ListValue): void {
    const into = open.at(-1)
    if (!into) root = value
    else if (Array.isArray(into.value)) into.value.push(value)
    else {
      if (into.key === undefined) throw new Error('A value in a dictionary has no key.')
      // An own property, whatever its name.
      Object.defineProperty(into.value, into.key, { value, enumerable: true, configurable: true })
      into.key = undefined
    }
  }

  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    words = ''
    if (name === 'dict') open.push({ value: {}, key: undefined })
    if (name === 'array') open.push({ value: [], key: undefined })
  })
  const add = (more: string) => {
    words += more
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', ({ name }) => {
    if (name === 'plist') return
    if (name === 'dict' || name === 'array') put(open.pop()!.value)
    else if (name === 'key') keyOf(open.at(-1)).key = words
    else put(scalarOf(name, words))
  })
  parser.write(text).close()
  if (root === undefined) throw new Error('There is nothing in a property list.')
  return root
}

function keyOf(into: Open | undefined): Open {
  if (!into || Array.isArray(into.value)) throw new Error('A key stands outside a dictionary.')
  return into
}

function scalarOf(name: string, words: string): ListValue {
  switch (name) {
    case 'string':
      return words
    case 'integer':
    case 'real':
      return checked(Number(words), Number.isNaN(Number(words)), words)
    case 'true':
    case 'false':
      return name === 'true'
    case 'date':
      return checked(new Date(words), Number.isNaN(Date.parse(words)), words)
    case 'data':
      return Buffer.from(words, 'base64')
    default:
      throw new Error(`<${name}> is no part of a property list.`)
  }
}

function checked<T>(value: T, isWrong: boolean, words: string): T {
  if (isWrong) throw new Error(`${JSON.stringify(words.slice(0, 40))} is no value.`)
  return value
}
