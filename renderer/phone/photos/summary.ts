/** What came of the uploads: stored, there already, not stored; and what may not be an original. */
import type { Doubt } from '../../../preload/portal.ts'
import { element } from '../element.ts'
import { paragraph } from '../parts/card.ts'
import { notice } from '../parts/notice.ts'
import type { Uploader } from '../upload/uploader.ts'
import { words } from '../words.ts'

export function summary(uploader: Uploader): HTMLElement {
  const { stored, known, failed } = uploader.queue.tally()
  const text = words.photos.summary
  const lines = [
    stored > 0 && text.stored(stored),
    known > 0 && text.known(known),
    failed > 0 && text.failed(failed),
  ].filter((line): line is string => line !== false)
  const result = notice(
    failed > 0 ? 'bad' : 'good',
    failed > 0 ? text.some : text.good,
    element('ul', { class: 'plain-list' }, [...lines.map((line) => element('li', {}, [line]))]),
  )
  result.setAttribute('role', 'status')
  return element('div', { class: 'stack' }, [result, doubtNotice(uploader.doubts())])
}

function doubtNotice(doubts: ReadonlyMap<Doubt, number>): HTMLElement | null {
  if (doubts.size === 0) return null
  const sentences = [...doubts].map(([doubt, count]) => element('li', {}, [words.photos.doubt[doubt](count)]))
  return notice(
    'warning',
    words.photos.doubtTitle,
    element('ul', { class: 'plain-list' }, sentences),
    paragraph(words.photos.doubtWays),
  )
}
