/** Setting up the phone's apps, step by step for its kind, with a live check of each. */
import type { PortalOutput } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element } from '../element.ts'
import { carefulButton, linkButton } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { loaded } from '../parts/loaded.ts'
import { troubleNotice } from '../parts/notice.ts'
import { linkTo } from '../routes.ts'
import { androidSteps } from '../setup/android.ts'
import { checksCard } from '../setup/checks.ts'
import { detailsCard } from '../setup/details.ts'
import { iphoneSteps } from '../setup/iphone.ts'
import { words } from '../words.ts'

export type Setup = PortalOutput<'setup.show'>

export function setupScreen(context: Context): HTMLElement {
  const { call, signal } = context
  const said = element('div')
  const { view, reload } = loaded(
    context,
    () => call('setup.show', {}, signal),
    (setup) =>
      element('div', { class: 'stack' }, [
        paragraph(words.setup.lead[setup.platform], 'lead'),
        setup.password === null && renewCard(),
        ...steps(setup),
        checksCard(context, setup.platform),
      ]),
  )

  function steps(setup: Setup): HTMLElement[] {
    if (setup.platform === 'iphone') return [...iphoneSteps(setup, reload), detailsCard(setup)]
    if (setup.platform === 'android') return [...androidSteps(setup), detailsCard(setup)]
    return [detailsCard(setup, true)]
  }

  function renewCard(): HTMLElement {
    const question = { ask: words.setup.renewAsk, yes: words.setup.renewYes, no: words.setup.renewNo }
    return card(
      words.setup.password,
      paragraph(words.setup.passwordGone),
      carefulButton(words.setup.renew, question, renew, { icon: 'again' }),
    )
  }

  async function renew(): Promise<void> {
    try {
      await call('setup.renew', {}, signal)
      said.replaceChildren()
      await reload()
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) said.replaceChildren(troubleNotice(trouble))
    }
  }

  return element('div', { class: 'screen' }, [
    said,
    view,
    linkButton(words.setup.on, linkTo('photos'), { class: 'primary', icon: 'right' }),
  ])
}
