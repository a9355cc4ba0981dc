/** Buttons, links that look like them, and the question before something that cannot be taken back. */
import { element, fill } from '../element.ts'
import { type IconName, icon } from './icon.ts'

interface ButtonOptions {
  /** `primary`, `quiet` or `danger`; an ordinary one without. */
  class?: string
  icon?: IconName
  label?: string
  disabled?: boolean
}

export function button(text: string, act: () => void, options: ButtonOptions = {}): HTMLButtonElement {
  return element(
    'button',
    {
      type: 'button',
      class: `button ${options.class ?? ''}`,
      'aria-label': options.label,
      disabled: options.disabled,
    },
    [options.icon && icon(options.icon), element('span', {}, [text])],
    { click: act },
  )
}

/** @param download whether the phone keeps what comes instead of showing it. */
export function linkButton(
  text: string,
  href: string,
  options: ButtonOptions & { download?: boolean } = {},
): HTMLAnchorElement {
  return element('a', { class: `button ${options.class ?? ''}`, href, download: options.download }, [
    options.icon && icon(options.icon),
    element('span', {}, [text]),
  ])
}

/** A button with nothing but a picture. */
export function iconButton(name: IconName, label: string, act: () => void): HTMLButtonElement {
  return element('button', { type: 'button', class: 'icon-button', 'aria-label': label }, [icon(name)], {
    click: act,
  })
}

/** A button that asks in its own place before it acts; the careful answer has the focus. */
export function carefulButton(
  text: string,
  question: { ask: string; yes: string; no: string },
  act: () => void,
  options: ButtonOptions = {},
): HTMLElement {
  const place = element('div', { class: 'careful' })
  const first = button(text, ask, options)
  function ask(): void {
    const no = button(question.no, back, { class: 'primary' })
    const yes = button(
      question.yes,
      () => {
        back()
        act()
      },
      { class: 'danger' },
    )
    const id = `ask-${Math.random().toString(36).slice(2)}`
    fill(
      place,
      element('div', { class: 'question', role: 'group', 'aria-labelledby': id }, [
        element('p', { id }, [question.ask]),
        element('div', { class: 'row' }, [no, yes]),
      ]),
    )
    no.focus()
  }
  function back(): void {
    fill(place, first)
    first.focus()
  }
  fill(place, first)
  return place
}
