/** This phone: its name, the page on the home screen, and leaving. */
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { canInstall, install, isInstalled } from '../install.ts'
import { breakable } from '../parts/breakable.ts'
import { button, carefulButton, linkButton } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { loaded } from '../parts/loaded.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { linkTo } from '../routes.ts'
import { words } from '../words.ts'

export function phoneScreen(context: Context): HTMLElement {
  const { call, signal, platform } = context
  const view = element('div', { class: 'screen' })

  async function leave(): Promise<void> {
    try {
      await call('leave', {}, signal)
      fill(view, notice('plain', words.phone.left), linkButton(words.titles.pair, linkTo('pair')))
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) view.prepend(troubleNotice(trouble))
    }
  }

  const about = loaded(
    context,
    () => call('setup.show', {}, signal),
    ({ phone, fingerprint }) =>
      card(
        phone.name,
        element('dl', {}, [
          element('dt', {}, [words.phone.user]),
          element('dd', {}, [phone.user]),
          fingerprint !== null && element('dt', {}, [words.phone.fingerprint]),
          fingerprint !== null && element('dd', { class: 'mono' }, breakable(fingerprint)),
        ]),
        linkButton(words.phone.setup, linkTo('setup'), { icon: 'setup' }),
      ),
  )
  const question = { ask: words.phone.leaveAsk, yes: words.phone.leaveYes, no: words.phone.leaveNo }
  fill(
    view,
    about.view,
    !isInstalled() && installCard(platform),
    card(
      words.phone.leave,
      paragraph(words.phone.leaveText),
      carefulButton(words.phone.leave, question, leave, { class: 'quiet' }),
    ),
  )
  return view
}

function installCard(platform: Context['platform']): HTMLElement {
  if (canInstall()) return card(words.phone.install, button(words.phone.installButton, install))
  const text = platform === 'iphone' ? words.phone.installIphone : words.phone.installOther
  return card(words.phone.install, paragraph(text))
}
