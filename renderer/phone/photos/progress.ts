/** How far the uploads are: what is going on, counts, bytes, pace, time left, pause and stop. */
import { element, setText } from '../element.ts'
import { formatRate } from '../format.ts'
import { button, carefulButton } from '../parts/button.ts'
import { paragraph } from '../parts/card.ts'
import { progressBar } from '../parts/progress-bar.ts'
import type { Tally } from '../upload/queue.ts'
import type { Activity, Uploader } from '../upload/uploader.ts'
import { words } from '../words.ts'

export interface Drawn {
  view: HTMLElement
  /** Brings it up to date. */
  draw(): void
}

export function progressPanel(uploader: Uploader): Drawn {
  const activity = element('span', { 'aria-live': 'polite' })
  const bar = progressBar(words.photos.progress)
  const [counts, bytes] = [
    element('p', { class: 'progress-counts' }),
    element('p', { class: 'progress-bytes' }),
  ]
  const hint = paragraph('', 'small')
  const pause = button(words.photos.pause, () => {
    if (uploader.activity() === 'paused') uploader.resume()
    else uploader.pause()
  })
  const question = { ask: words.photos.cancelAsk, yes: words.photos.cancelYes, no: words.photos.cancelNo }
  const stop = carefulButton(words.photos.cancelAll, question, () => uploader.cancelAll(), { class: 'quiet' })
  const view = element('section', { class: 'card progress', 'aria-label': words.photos.progress }, [
    ...[element('h2', {}, [activity]), bar.view, counts, bytes, hint],
    element('div', { class: 'row' }, [pause, stop]),
  ])

  function draw(): void {
    const now = uploader.activity()
    const tally = uploader.queue.tally()
    view.hidden = now === 'empty' || now === 'done'
    if (view.hidden) return
    setText(activity, words.photos.activity[now])
    bar.set(shareOf(tally))
    setText(counts, words.photos.counts(tally.settled, tally.files))
    setText(bytes, bytesLine(uploader, tally, now))
    setText(hint, now === 'no-network' ? words.photos.noNetwork : words.photos.keepOpen)
    setText(pause.querySelector('span')!, now === 'paused' ? words.photos.resume : words.photos.pause)
  }

  return { view, draw }
}

// Reading back is work too: the bar is not full before it is done.
function shareOf({ files, settled, bytes, bytesDone }: Tally): number {
  const byBytes = bytes === 0 ? 1 : bytesDone / bytes
  return Math.min(0.95 * byBytes + 0.05 * (settled / files), 0.99)
}

function bytesLine({ rate }: Uploader, { bytes, bytesDone, bytesLeft }: Tally, activity: Activity): string {
  const parts = [words.photos.bytes(bytesDone, bytes)]
  const pace = rate.perSecond()
  if (activity === 'sending' && pace !== null && pace > 0) {
    parts.push(formatRate(pace))
    const seconds = rate.secondsFor(bytesLeft)
    if (seconds !== null && bytesLeft > 0) parts.push(words.left(seconds))
  }
  return parts.join(' · ')
}
