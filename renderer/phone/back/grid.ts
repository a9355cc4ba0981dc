/** Photos to choose from, page by page, and what to do with the chosen ones. */
import type { ListedPhoto } from '../../../preload/portal.ts'
import { Unreachable } from '../call.ts'
import type { Context } from '../context.ts'
import { element, fill, setText } from '../element.ts'
import { formatDay } from '../format.ts'
import { button } from '../parts/button.ts'
import { card } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'
import { troubleNotice } from '../parts/notice.ts'
import { getPath } from '../screens/back.ts'
import { words } from '../words.ts'
import { selectionBar } from './selection.ts'

const PAGE = 60

/** @param at a point's id; now without. */
export function photoGrid(context: Context, at: string | undefined): HTMLElement {
  const { call, signal } = context
  const chosen = new Map<string, ListedPhoto>()
  const tiles: { photo: ListedPhoto; box: HTMLInputElement }[] = []
  const grid = element('ul', { class: 'grid' })
  const count = element('p', { class: 'small', role: 'status' })
  const more = button(words.back.more, loadPage)
  const all = button(words.back.selectAll, toggleAll, { class: 'quiet' })
  const said = element('div')
  const bar = selectionBar(context, at)
  let next: string | undefined
  let total = 0
  // All of them, also those not shown yet.
  let everything = false
  let waitsForNetwork = false

  async function loadPage(): Promise<void> {
    more.disabled = true
    waitsForNetwork = false
    try {
      const page = await call('photos.list', { at, after: next, most: PAGE }, signal)
      fill(said)
      total = page.total
      next = page.next ?? undefined
      const added = page.photos.map((photo) => tile(photo))
      grid.append(...added)
      more.hidden = page.next === null
      showCounts()
    } catch (error) {
      waitsForNetwork = error instanceof Unreachable
      const trouble = waitsForNetwork ? undefined : context.trouble(error)
      if (trouble) fill(said, troubleNotice(trouble, loadPage))
    } finally {
      more.disabled = false
    }
  }

  function tile(photo: ListedPhoto): HTMLElement {
    const moment = formatDay(photo.takenAt, context.now())
    const extra = photo.together.length > 0 ? `, ${words.back.companions(photo.together.length)}` : ''
    const box = element(
      'input',
      { type: 'checkbox', 'aria-label': words.back.photo(photo.name, moment) + extra },
      [],
      { change: () => choose(photo, box.checked) },
    )
    markAsPartOfAll(box)
    tiles.push({ photo, box })
    return element('li', {}, [element('label', { class: 'photo' }, [pictureOf(photo, at), box])])
  }

  function choose(photo: ListedPhoto, checked: boolean): void {
    if (checked) chosen.set(photo.id, photo)
    else chosen.delete(photo.id)
    showCounts()
  }

  function toggleAll(): void {
    everything = !everything && chosen.size < total
    chosen.clear()
    for (const { box } of tiles) markAsPartOfAll(box)
    showCounts()
  }

  // All means those not shown yet as well: taking one out again would leave open what is meant.
  function markAsPartOfAll(box: HTMLInputElement): void {
    box.checked = everything
    box.disabled = everything
  }

  function showCounts(): void {
    setText(count, total === 0 ? words.back.photosNone : words.back.shown(tiles.length, total))
    setText(
      all.querySelector('span')!,
      everything || chosen.size > 0 ? words.back.selectNone : words.back.selectAll,
    )
    all.hidden = total === 0
    bar.show(everything ? { all: total } : [...chosen.values()])
  }

  context.connection.watch((reachable) => {
    if (reachable && waitsForNetwork) loadPage()
  }, signal)
  more.hidden = true
  all.hidden = true
  loadPage()
  return element('div', { class: 'stack' }, [
    card(words.back.photos, count, element('div', { class: 'row' }, [all]), grid, said, more),
    bar.view,
  ])
}

function pictureOf({ id, hasThumbnail, mediaType }: ListedPhoto, at: string | undefined): HTMLElement {
  const name = mediaType.startsWith('video/') ? 'film' : 'photos'
  if (!hasThumbnail) return element('span', { class: 'placeholder' }, [icon(name)])
  const image = element(
    'img',
    { src: getPath(`thumbnail/${encodeURIComponent(id)}`, at), alt: '', loading: 'lazy', decoding: 'async' },
    [],
    { error: () => image.replaceWith(element('span', { class: 'placeholder' }, [icon(name)])) },
  )
  return image
}
