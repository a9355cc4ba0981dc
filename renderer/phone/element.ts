/** Makes elements. Text becomes text nodes, so that no data is ever read as markup. */

export type Child = Node | string | null | undefined | false

type Listeners = { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void }
type Attributes = Readonly<Record<string, string | number | boolean | undefined>> & { on?: never }

/**
 * @param attributes true writes the bare attribute; false and undefined leave it out.
 * @param listeners by the event's name.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  children: readonly Child[] = [],
  listeners: Listeners = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  setAttributes(made, attributes)
  for (const [event, listener] of Object.entries(listeners))
    made.addEventListener(event, listener as EventListener)
  made.append(...present(children))
  return made
}

/** The same for drawings. */
export function drawing(
  name: keyof SVGElementTagNameMap,
  attributes: Attributes,
  children: readonly Child[] = [],
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  setAttributes(made, attributes)
  made.append(...present(children))
  return made
}

/** Puts other children in the place of all that are there. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...present(children))
}

/** Changes a text only when it differs, so that screen readers and layout are left in peace. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

function setAttributes(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value))
  }
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter(
    (child): child is Node | string => child instanceof Node || typeof child === 'string',
  )
}
