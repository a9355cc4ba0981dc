/** Lets the Nextcloud app in that opened this page, when its owner says so. */
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { button } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { loaded } from '../parts/loaded.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { words } from '../words.ts'

export function allowScreen(context: Context, token: string): HTMLElement {
  const { call, signal } = context
  const view = element('div', { class: 'screen' })

  async function allow(): Promise<void> {
    try {
      await call('login.allow', { token }, signal)
      fill(view, notice('good', words.allow.done))
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) fill(view, troubleNotice(trouble, allow))
    }
  }

  const question = loaded(
    context,
    () => call('login.show', { token }, signal),
    ({ client }) =>
      card(
        words.allow.title,
        paragraph(words.allow.ask(client)),
        paragraph(words.allow.warn, 'small'),
        element('div', { class: 'row' }, [
          button(words.allow.no, () => fill(view, notice('plain', words.allow.declined))),
          button(words.allow.yes, allow, { class: 'primary' }),
        ]),
      ),
  )
  fill(view, question.view)
  return view
}
