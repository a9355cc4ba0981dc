/** Boxes that say one thing: how something stands, what went wrong and what to do next. */
import type { Trouble } from '../context.ts'
import { type Child, element } from '../element.ts'
import { words } from '../words.ts'
import { button } from './button.ts'
import { type IconName, icon } from './icon.ts'

export type Tone = 'good' | 'warning' | 'bad' | 'plain'

const ICONS: Readonly<Record<Tone, IconName>> = { good: 'good', warning: 'bad', bad: 'bad', plain: 'wait' }

export function notice(tone: Tone, title: string, ...rest: Child[]): HTMLElement {
  return element('div', { class: `notice ${tone}` }, [
    icon(ICONS[tone]),
    element('div', {}, [element('p', { class: 'notice-title' }, [title]), ...rest]),
  ])
}

/** An error as the computer or the page told it; read out as it appears. */
export function troubleNotice({ sentence, next }: Trouble, again?: () => void): HTMLElement {
  const shown = notice(
    'bad',
    sentence,
    element('p', {}, [next]),
    again && button(words.again, again, { class: 'quiet' }),
  )
  shown.setAttribute('role', 'alert')
  return shown
}
