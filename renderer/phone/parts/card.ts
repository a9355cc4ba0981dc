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

/** What only some want to read, behind a line to tap. @param name `card` when it stands by itself */
export function disclosure(summary: string, children: readonly Child[], name = ''): HTMLElement {
  return element('details', { class: name || undefined }, [
    element('summary', {}, [summary]),
    element('div', { class: 'disclosed' }, children),
  ])
}

export function paragraph(text: string, name = ''): HTMLElement {
  return element('p', { class: name || undefined }, [text])
}
