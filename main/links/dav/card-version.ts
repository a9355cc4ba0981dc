/**
 * Cards of vCard 4.0 as vCard 3.0, for clients that ask for no other: Apple's give up a whole address book for a single card of
 * 4.0. What is stored stays as it came, and GET gives just that. Lines that mean the same in both are passed on as they are.
 */
import { bytesOf, type ContentLine, parameterOf, parametersOf } from '../../replica/index/content-line.ts'
import { readCardLines } from '../../replica/index/vcard.ts'

/** The card as it is, unless it is one of 4.0. */
export function asVersion3(bytes: Buffer): Buffer {
  if (!bytes.includes('VERSION:4.0')) return bytes
  const lines = [...readCardLines(bytes)]
  if (!lines.some(({ name, value }) => name === 'VERSION' && value.trim() === '4.0')) return bytes
  const written = lines.flatMap(converted)
  // 3.0 demands a structured name, and phones show nothing else.
  if (!lines.some(({ name }) => name === 'N')) written.push(nameFrom(lines.find(({ name }) => name === 'FN')))
  return bytesOf(['BEGIN:VCARD', ...written, 'END:VCARD', ''].join('\r\n'))
}

function nameFrom(formatted: ContentLine | undefined): string {
  const name = unfolded(formatted?.value ?? '')
  return `N:;${name.replace(/(?<!\\)[;,]/g, '\\$&')};;;`
}

/** The line in 3.0: usually one, for some none or two. */
function converted(line: ContentLine): string[] {
  const { name, value } = line
  const text = unfolded(value)
  switch (name) {
    case 'VERSION':
      return ['VERSION:3.0']
    case 'CLIENTPIDMAP':
      return []
    case 'KIND':
      return /^group$/i.test(text.trim()) ? ['X-ADDRESSBOOKSERVER-KIND:group'] : [line.raw]
    case 'MEMBER':
      return [`X-ADDRESSBOOKSERVER-MEMBER:${text}`]
    case 'PHOTO':
    case 'LOGO':
    case 'SOUND':
    case 'KEY':
      return binary(line, text)
    case 'TEL':
      return [rewritten(line, ['VALUE'], text.replace(/^tel:/i, '').replace(/;ext=/i, ' x'))]
    case 'GEO':
      return [rewritten(line, ['VALUE'], text.replace(/^geo:([^,;]*),([^,;]*).*$/i, '$1;$2'))]
    case 'BDAY':
      return [birthday(line, text)]
    case 'ANNIVERSARY':
      return [`anniversary.X-ABDATE;TYPE=pref:${text}`, 'anniversary.X-ABLabel:_$!<Anniversary>!$_']
    default:
      return [rewritten(line, [], value)]
  }
}

function unfolded(value: string): string {
  return value.replace(/\r?\n[ \t]/g, '')
}

/** Parameters that 3.0 does not have. */
const NEW_PARAMETERS = ['PREF', 'PID', 'ALTID', 'MEDIATYPE', 'CALSCALE']

/** The line with this value, without the new parameters and those given, and with more of them. */
function rewritten(line: ContentLine, without: string[], value: string, more = ''): string {
  const dropped = [...NEW_PARAMETERS, ...without]
  const parameters = parametersOf(line)
  const isOf3 = parameters.every(
    ({ name, values }) =>
      !dropped.includes(name) && !(name === 'TYPE' && values.some((one) => one.includes(','))),
  )
  if (isOf3 && more === '' && value === line.value) return line.raw
  const written = parameters
    .filter(({ name }) => !dropped.includes(name))
    .map(({ name, values }) => `;${name}=${values.map(quoted(name)).join(',')}`)
  const preferred = parameterOf(line, 'PREF').includes('1') ? ';TYPE=pref' : ''
  return `${headOf(line)}${written.join('')}${preferred}${more}:${value}`
}

function headOf({ group, name }: ContentLine): string {
  return group === '' ? name : `${group}.${name}`
}

// In 4.0 several types stand between one pair of quotes; in 3.0 each stands by itself.
function quoted(name: string): (value: string) => string {
  return (value) => {
    const octets = Buffer.from(value.replace(/["\n]/g, ' ')).toString('latin1')
    return name !== 'TYPE' && /[,:;]/.test(octets) ? `"${octets}"` : octets
  }
}

const DATA_URI = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i

/** Bytes within the card, or the address of a file elsewhere; an empty one hides good photos on Apple's phones. */
function binary(line: ContentLine, text: string): string[] {
  if (text.trim() === '') return []
  const uri = DATA_URI.exec(text)
  if (uri) {
    const type = uri[1]!.replace(/^.*\//, '').toUpperCase() || 'JPEG'
    return [folded(`${headOf(line)};ENCODING=b;TYPE=${type}:${text.slice(uri[0].length)}`)]
  }
  const isAddress = /^[a-z][\w+.-]*:/i.test(text)
  return [isAddress ? rewritten(line, ['VALUE'], text, ';VALUE=uri') : line.raw]
}

function folded(ascii: string): string {
  return ascii.replace(/^.{75}|(?<!^).{74}/g, '$&\r\n ').replace(/\r\n $/, '')
}

// Apple's way to leave the year open: one that is marked not to count.
function birthday(line: ContentLine, text: string): string {
  const [, month, day] = /^--(\d\d)-?(\d\d)/.exec(text.trim()) ?? []
  if (month === undefined) return rewritten(line, [], line.value)
  return `${headOf(line)};X-APPLE-OMIT-YEAR=1604:1604-${month}-${day}`
}
