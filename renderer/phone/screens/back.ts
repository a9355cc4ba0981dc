/** Getting it back: a moment to look at, contacts and calendars as files, and photos, all or chosen. */
import type { PortalOutput } from '../../../preload/portal.ts'
import { portalPaths } from '../../../preload/portal.ts'
import { photoGrid } from '../back/grid.ts'
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { formatMoment } from '../format.ts'
import { linkButton } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { loaded } from '../parts/loaded.ts'
import { linkTo } from '../routes.ts'
import { words } from '../words.ts'

const NOW = ''

export function backScreen(context: Context): HTMLElement {
  const { call, signal } = context
  const content = element('div', { class: 'stack' })
  const points = loaded(
    context,
    () => call('points.list', {}, signal),
    (answer) => momentChoice(answer.points, context.now(), showMoment),
  )

  function showMoment(at: string | undefined): void {
    fill(content, filesPart(context, at), photoGrid(context, at))
  }

  showMoment(undefined)
  return element('div', { class: 'screen' }, [
    paragraph(words.back.lead, 'lead'),
    element('div', { class: 'card stack' }, [
      paragraph(words.back.apps, 'small'),
      linkButton(words.home.tiles.setup.title, linkTo('setup'), { icon: 'setup' }),
    ]),
    points.view,
    content,
  ])
}

function momentChoice(
  points: PortalOutput<'points.list'>['points'],
  now: number,
  choose: (at: string | undefined) => void,
): HTMLElement {
  const options = points.map(({ id, at, contacts, events, photos }) =>
    element('option', { value: id }, [words.back.point(formatMoment(at, now), contacts, events, photos)]),
  )
  const select = element(
    'select',
    { id: 'moment' },
    [element('option', { value: NOW }, [words.back.now]), ...options],
    { change: () => choose(select.value === NOW ? undefined : select.value) },
  )
  return element('div', { class: 'card stack' }, [
    element('label', { for: 'moment' }, [words.back.moment]),
    select,
    points.length === 0 && paragraph(words.back.noPoints, 'small'),
  ])
}

/** The address of something to get. @param rest below `portalPaths.get`, encoded. @param at a point's id; now without. */
export function getPath(rest: string, at: string | undefined): string {
  const query = at === undefined ? '' : `?${new URLSearchParams({ at })}`
  return portalPaths.get + rest + query
}

function filesPart(context: Context, at: string | undefined): HTMLElement {
  const { view } = loaded(
    context,
    () => context.call('calendars.list', { at }, context.signal),
    ({ calendars, contacts }) =>
      element('div', { class: 'stack' }, [
        card(
          words.back.contacts,
          contacts === 0
            ? paragraph(words.back.contactsNone)
            : download(words.back.contactsGet(contacts), getPath('contacts.vcf', at)),
        ),
        card(
          words.back.calendars,
          calendars.length === 0 && paragraph(words.back.calendarsNone),
          ...calendars.map(({ name, displayName, items }) =>
            download(
              words.back.calendarGet(displayName, items),
              getPath(`calendar/${encodeURIComponent(name)}.ics`, at),
            ),
          ),
        ),
      ]),
  )
  return view
}

const download = (text: string, path: string) => linkButton(text, path, { download: true })
