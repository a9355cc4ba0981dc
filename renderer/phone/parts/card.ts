/** A part of a screen with a heading of its own. */
import { type Child, element } from '../element.ts'

export function card(title: string, ...children: Child[]): HTMLElement {
  const id = `card-${++lastId}`
  return element('section', { class: 'card', 'aria-labelledby': id }, [
    element('h2', { id }, [title]),
    ...children,
  ])
}

let lastId = 0

export function paragraph(text: string, name = ''): HTMLElement {
  return element('p', { class: name || undefined }, [text])
}
