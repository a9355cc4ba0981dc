/** What the computer keeps of this phone, since when, and the last backup; said as it is. */
import type { PortalOutput } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element } from '../element.ts'
import { formatBytes, formatDay, formatMoment } from '../format.ts'
import { paragraph } from '../parts/card.ts'
import { type IconName, icon } from '../parts/icon.ts'
import { loaded } from '../parts/loaded.ts'
import { notice } from '../parts/notice.ts'
import { words } from '../words.ts'

type Shown = PortalOutput<'phone.show'>

const ICONS: Readonly<Record<Shown['kinds'][number]['kind'], IconName>> = {
  contacts: 'send',
  events: 'calendar',
  tasks: 'tasks',
  photos: 'photos',
}

export function safeScreen(context: Context): HTMLElement {
  const { view } = loaded(
    context,
    () => context.call('phone.show', {}, context.signal),
    (shown) =>
      element('div', { class: 'stack' }, [
        paragraph(words.safe.lead(shown.phone.name), 'lead'),
        element('ul', { class: 'card rows' }, [...shown.kinds.map((kind) => kindRow(kind, context.now()))]),
        backupNotice(shown.lastBackup, context.now()),
      ]),
  )
  return element('div', { class: 'screen' }, [view])
}

function kindRow({ kind, count, bytes, since }: Shown['kinds'][number], now: number): HTMLElement {
  const details = count === 0 ? words.safe.none : formatBytes(bytes)
  const from = since === null ? '' : `, ${words.safe.since(formatDay(since, now))}`
  return element('li', { class: 'kind-row' }, [
    icon(ICONS[kind]),
    element('span', { class: 'kind-name' }, [words.safe.kind[kind]]),
    element('strong', { class: 'kind-count' }, [words.count(count)]),
    element('span', { class: 'kind-details' }, [details + from]),
  ])
}

function backupNotice(lastBackup: Shown['lastBackup'], now: number): HTMLElement {
  if (!lastBackup) return notice('warning', words.safe.noBackup, paragraph(words.safe.noBackupText))
  const { at, whole } = lastBackup
  return notice(
    whole ? 'good' : 'warning',
    `${words.safe.backup}: ${formatMoment(at, now)}`,
    paragraph(whole ? words.safe.whole : words.safe.notWhole),
    paragraph(words.safe.backupText, 'small'),
  )
}
