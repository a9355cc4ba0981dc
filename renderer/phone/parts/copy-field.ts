/** A detail to type into an app: shown whole, with a button to copy it. */
import { element, fill, setText } from '../element.ts'
import { words } from '../words.ts'
import { breakable } from './breakable.ts'
import { button } from './button.ts'

const SAID_MS = 2500

/** @param secret starts hidden, with a button to show it. */
export function copyField(label: string, value: string, secret = false): HTMLElement {
  const shown = element(
    'output',
    { class: 'copy-value', 'aria-label': label },
    secret ? [DOTS] : breakable(value),
  )
  const said = element('span', { class: 'for-readers', role: 'status' })
  const copy = button(words.copy, async () => {
    const done = await copyText(value, shown)
    if (!done) return
    const text = copy.querySelector('span')!
    setText(text, words.copied)
    setText(said, `${label}: ${words.copied}`)
    setTimeout(() => {
      setText(text, words.copy)
      setText(said, '')
    }, SAID_MS)
  })
  copy.setAttribute('aria-label', `${words.copy}: ${label}`)
  return element('div', { class: 'copy-field' }, [
    element('span', { class: 'copy-label' }, [label]),
    shown,
    element('div', { class: 'copy-buttons' }, [secret && showButton(label, value, shown), copy]),
    said,
  ])
}

function showButton(label: string, value: string, shown: HTMLElement): HTMLButtonElement {
  let visible = false
  const toggle = button(words.show, () => {
    visible = !visible
    fill(shown, ...(visible ? breakable(value) : [DOTS]))
    setText(toggle.querySelector('span')!, visible ? words.hide : words.show)
    toggle.setAttribute('aria-pressed', String(visible))
  })
  toggle.setAttribute('aria-pressed', 'false')
  toggle.setAttribute('aria-label', `${words.show}: ${label}`)
  return toggle
}

// Always as many: their number is nobody's business either.
const DOTS = '•'.repeat(10)

/** Where the browser does not let the page copy, the text is marked, so that the phone offers it. */
async function copyText(value: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    fill(shown, ...breakable(value))
    getSelection()?.selectAllChildren(shown)
    return false
  }
}
