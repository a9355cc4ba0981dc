/** Whether the phone's apps have been seen, service by service, as it happens. */
import type { Platform, PortalOutput } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { formatMoment } from '../format.ts'
import { card, disclosure, paragraph } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'
import { troubleNotice } from '../parts/notice.ts'
import { poll } from '../poll.ts'
import { words } from '../words.ts'

type Service = PortalOutput<'setup.checks'>['services'][number]

const EVERY_MS = 3000

export function checksCard(context: Context, platform: Platform): HTMLElement {
  const { call, signal } = context
  const list = element('ul', { class: 'rows', 'aria-live': 'polite' })
  const said = element('div')
  let shown = ''

  poll(
    async () => {
      const { services } = await call('setup.checks', {}, signal)
      const now = JSON.stringify(services)
      if (now !== shown) fill(list, ...services.map((service) => row(service, context.now())))
      shown = now
      return false
    },
    EVERY_MS,
    signal,
  ).catch((error: unknown) => {
    const trouble = context.trouble(error)
    if (trouble) fill(said, troubleNotice(trouble))
  })

  return card(
    words.setup.checks,
    paragraph(words.setup.checksLead, 'small'),
    list,
    said,
    whatIsWrong(platform),
  )
}

function row({ service, seenAt, client }: Service, now: number): HTMLElement {
  const works = seenAt !== null
  return element('li', { class: works ? 'check works' : 'check' }, [
    icon(works ? 'good' : 'wait'),
    element('span', { class: 'check-name' }, [words.setup.service[service]]),
    element('span', { class: 'check-state' }, [
      works ? words.setup.seen(formatMoment(seenAt, now), client) : words.setup.notSeen,
    ]),
  ])
}

function whatIsWrong(platform: Platform): HTMLElement {
  const { wrong } = words.setup
  const causes = [
    platform === 'iphone' ? wrong.notTrusted : wrong.notTrustedAndroid,
    wrong.wifi,
    wrong.firewall,
    wrong.notSetUp,
  ]
  return disclosure(words.setup.wrongTitle, [
    element('ul', { class: 'plain-list' }, [...causes.map((cause) => element('li', {}, [cause]))]),
  ])
}
