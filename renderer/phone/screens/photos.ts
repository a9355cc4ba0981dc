/** Photos and films: choosing them, how far they are, and what came of it. */
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { linkButton } from '../parts/button.ts'
import { paragraph } from '../parts/card.ts'
import { fileButton } from '../parts/file-button.ts'
import { notice } from '../parts/notice.ts'
import { ACCEPTED, isPhotoOrFilm } from '../photos/accept.ts'
import { queueList } from '../photos/list.ts'
import { progressPanel } from '../photos/progress.ts'
import { summary } from '../photos/summary.ts'
import { linkTo } from '../routes.ts'
import type { Picked } from '../upload/queue.ts'
import { words } from '../words.ts'

/** Screens are drawn again so often at most. */
const DRAW_MS = 250

export function photosScreen(context: Context): HTMLElement {
  const { uploader, platform, signal } = context
  const said = element('div', { role: 'status' })
  const end = element('div')
  const progress = progressPanel(uploader)
  const list = queueList(uploader)
  let timer: ReturnType<typeof setTimeout> | undefined
  let wasDone = false

  function picked(files: File[], by: Picked): void {
    const fitting = files.filter(isPhotoOrFilm)
    const left = files.length - fitting.length
    const added = uploader.add(fitting, by)
    fill(
      said,
      left > 0 && notice('warning', words.photos.notPhotos(left)),
      fitting.length > 0 && added === 0 && notice('plain', words.photos.nothingNew),
    )
  }

  function draw(): void {
    timer = undefined
    const done = uploader.activity() === 'done'
    progress.draw()
    list.draw()
    if (done && !wasDone) fill(end, summary(uploader))
    if (!done) fill(end)
    wasDone = done
  }

  uploader.watch(() => {
    wasDone &&= uploader.activity() === 'done'
    timer ??= setTimeout(draw, DRAW_MS)
  }, signal)
  signal.addEventListener('abort', () => clearTimeout(timer))
  draw()

  return element('div', { class: 'screen' }, [
    end,
    progress.view,
    element('div', { class: 'card stack' }, [
      paragraph(words.photos.lead),
      fileButton(
        words.photos.fromPhotos,
        { icon: 'photos', accept: ACCEPTED, multiple: true, class: 'primary' },
        (files) => picked(files, 'photos'),
      ),
      platform === 'iphone' && paragraph(words.photos.current, 'small'),
      fileButton(words.photos.fromFiles, { icon: 'files', multiple: true }, (files) =>
        picked(files, 'files'),
      ),
      paragraph(words.photos.filesHint[platform], 'small'),
      said,
    ]),
    list.view,
    element('div', { class: 'card stack' }, [
      paragraph(words.photos.alone),
      linkButton(words.photos.aloneLink, linkTo('setup'), { icon: 'setup' }),
    ]),
  ])
}
