/** Whether the phone's apps have been seen, service by service, as it happens. */
import type { Platform, PortalOutput } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { formatMoment } from '../format.ts'
import { card, disclosure, paragraph } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { poll } from '../poll.ts'
import { words } from '../words.ts'

type Service = PortalOutput<'setup.checks'>['services'][number]

const EVERY_MS = 3000

export function checksCard(context: Context, platform: Platform): HTMLElement {
  const { call, connection, signal } = context
  const list = element('ul', { class: 'rows', 'aria-live': 'polite' })
  const wrong = element('div', { 'aria-live': 'polite' })
  let shown = ''
  let distrustedAt: number | null = null

  /** What is wrong at this moment, as far as the page and the computer can tell. */
  function sayWrong(): void {
    if (!connection.reachable()) fill(wrong, unreachedNotice())
    else if (distrustedAt !== null) fill(wrong, distrustNotice(platform, distrustedAt, context.now()))
    else fill(wrong)
  }

  connection.watch(sayWrong, signal)
  poll(
    async () => {
      const checks = await call('setup.checks', {}, signal)
      const now = JSON.stringify(checks)
      if (now === shown) return false
      shown = now
      distrustedAt = checks.distrustedAt
      fill(list, ...checks.services.map((service) => row(service, context.now())))
      sayWrong()
      return false
    },
    EVERY_MS,
    signal,
  ).catch((error: unknown) => {
    const trouble = context.trouble(error)
    if (trouble) fill(wrong, troubleNotice(trouble))
  })

  return card(
    words.setup.checks,
    paragraph(words.setup.checksLead, 'small'),
    list,
    wrong,
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

function unreachedNotice(): HTMLElement {
  const { title, wifi, firewall } = words.setup.wrong
  return notice('bad', title.unreached, paragraph(wifi), paragraph(firewall))
}

function distrustNotice(platform: Platform, at: number, now: number): HTMLElement {
  const { title, ...causes } = words.setup.wrong
  return notice('bad', title.distrusted(formatMoment(at, now)), paragraph(causes.notTrusted[platform]))
}

function whatIsWrong(platform: Platform): HTMLElement {
  const { wrong } = words.setup
  const causes = [wrong.notTrusted[platform], wrong.wifi, wrong.firewall, wrong.notSetUp]
  return disclosure(words.setup.wrongTitle, [
    element('ul', { class: 'plain-list' }, [...causes.map((cause) => element('li', {}, [cause]))]),
  ])
}
