/** Where everything starts: how it stands in a sentence, and large ways to all the rest. */
import type { PortalOutput } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { formatMoment } from '../format.ts'
import { icon } from '../parts/icon.ts'
import { loaded } from '../parts/loaded.ts'
import { notice } from '../parts/notice.ts'
import { linkTo } from '../routes.ts'
import { words } from '../words.ts'

const TILES = ['photos', 'send', 'safe', 'back', 'setup'] as const

export function homeScreen(context: Context): HTMLElement {
  const { call, signal } = context
  const status = loaded(
    context,
    () => call('phone.show', {}, signal),
    (shown) => statusOf(shown, context.now()),
  )
  const uploading = element('div')
  watchUploads(context, uploading)
  return element('div', { class: 'screen' }, [
    status.view,
    uploading,
    element('ul', { class: 'tiles' }, [...TILES.map(tile)]),
  ])
}

function tile(name: (typeof TILES)[number]): HTMLElement {
  const { title, text } = words.home.tiles[name]
  return element('li', {}, [
    element('a', { class: 'tile', href: linkTo(name) }, [
      icon(name),
      element('span', { class: 'tile-title' }, [title]),
      element('span', { class: 'tile-text' }, [text]),
    ]),
  ])
}

function statusOf({ phone, kinds, lastBackup }: PortalOutput<'phone.show'>, now: number): HTMLElement {
  const kept = kinds.filter(({ count }) => count > 0).map(({ kind, count }) => words.kinds[kind](count))
  const sentence = kept.length > 0 ? words.home.kept(words.list(kept)) : words.home.nothing
  const safe = lastBackup?.whole === true
  return notice(
    safe ? 'good' : kept.length > 0 ? 'warning' : 'plain',
    phone.name,
    element('p', {}, [sentence]),
    element('p', {}, [backupSentence(lastBackup, now)]),
  )
}

function backupSentence(lastBackup: PortalOutput<'phone.show'>['lastBackup'], now: number): string {
  if (!lastBackup) return words.home.noBackup
  const moment = formatMoment(lastBackup.at, now)
  return lastBackup.whole ? words.home.backup(moment) : words.home.backupNotWhole(moment)
}

function watchUploads({ uploader, signal }: Context, place: HTMLElement): void {
  const link = element('a', { class: 'card uploading', href: linkTo('photos') })
  let timer: ReturnType<typeof setTimeout> | undefined
  function show(): void {
    timer = undefined
    const { files, settled } = uploader.queue.tally()
    if (files === 0 || settled === files) {
      fill(place)
      return
    }
    link.textContent = words.home.uploading(settled, files)
    if (!link.isConnected) fill(place, link)
  }
  uploader.watch(() => {
    timer ??= setTimeout(show, 300)
  }, signal)
  signal.addEventListener('abort', () => clearTimeout(timer))
  show()
}
