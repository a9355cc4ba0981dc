/** vCards of picked contacts, as their bytes are and as ical.js reads them. */
import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { writeCards } from '../../../renderer/phone/vcard.ts'

const lines = (text: string) => text.split('\r\n')

function read(text: string): Record<string, unknown> {
  const card = new ICAL.Component(ICAL.parse(text))
  return Object.fromEntries(
    card.getAllProperties().map((property) => [property.name, property.getFirstValue()]),
  )
}

describe('vCards of picked contacts', () => {
  it('hold name, numbers, mail and address', () => {
    const card = writeCards([
      {
        name: ['Ada King Lovelace'],
        tel: ['+44 20 7946 0000', ' '],
        email: ['ada@example.org'],
        address: [
          {
            addressLine: ['12 St James’s Square', 'Flat 3'],
            city: 'London',
            region: '',
            postalCode: 'SW1',
            country: 'UK',
          },
        ],
      },
    ])
    expect(read(card)).toMatchObject({
      fn: 'Ada King Lovelace',
      n: ['Lovelace', 'Ada King', '', '', ''],
      tel: '+44 20 7946 0000',
      email: 'ada@example.org',
      adr: ['', '', '12 St James’s Square\nFlat 3', 'London', '', 'SW1', 'UK'],
    })
    expect(card.match(/^TEL/gm)).toHaveLength(1)
  })

  it('escape what would end a value or a line', () => {
    const card = writeCards([{ name: ['Smith; Sons, Ltd\\\nEND:VCARD'] }])
    expect(lines(card).filter((line) => line === 'END:VCARD')).toHaveLength(1)
    expect(lines(card)).toContain('FN:Smith\\; Sons\\, Ltd\\\\\\nEND:VCARD')
  })

  it('have no line longer than 75 bytes, and are whole when unfolded', () => {
    const name = '🦉 Ærøskøbing '.repeat(20).trim()
    const card = writeCards([{ name: [name] }])
    expect(Math.max(...lines(card).map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75)
    expect(card).not.toContain('\uFFFD')
    expect(read(card).fn).toBe(name)
  })

  it('name who has no name by number or mail', () => {
    expect(read(writeCards([{ tel: ['110'] }])).fn).toBe('110')
    expect(read(writeCards([{ name: [''], email: ['a@b.c'] }])).fn).toBe('a@b.c')
  })

  it('are as many as the contacts', () => {
    expect(writeCards([{ name: ['A'] }, { name: ['B'] }]).match(/BEGIN:VCARD/g)).toHaveLength(2)
    expect(writeCards([])).toBe('')
  })
})
