/** What came of the uploads: stored, there already, not stored; and what may not be an original. */
import type { Doubt } from '../../../preload/portal.ts'
import { element, fill } from '../element.ts'
import { disclosure, paragraph } from '../parts/card.ts'
import { notice } from '../parts/notice.ts'
import type { Queue } from '../upload/queue.ts'
import type { Uploader } from '../upload/uploader.ts'
import { words } from '../words.ts'

// Of more, a person looks in the computer's library.
const MOST_NAMES = 500

export function summary(uploader: Uploader): HTMLElement {
  const { queue } = uploader
  const text = words.photos.summary
  const failed = queue.count('failed') > 0
  const result = notice(
    failed ? 'bad' : 'good',
    failed ? text.some : text.good,
    ...(['stored', 'known', 'failed'] as const).map((stage) => queue.count(stage) > 0 && named(queue, stage)),
  )
  result.setAttribute('role', 'status')
  return element('div', { class: 'stack' }, [result, doubtNotice(uploader.doubts())])
}

/** How many files came to this, and behind it which. */
function named(queue: Queue, stage: 'stored' | 'known' | 'failed'): HTMLElement {
  const count = queue.count(stage)
  const names = element('ul', { class: 'plain-list' })
  const more = paragraph(count > MOST_NAMES ? words.photos.more(count - MOST_NAMES) : '', 'small')
  const view = disclosure(words.photos.summary[stage](count), [names, more])
  view.addEventListener('toggle', () =>
    fill(names, ...queue.first(stage, MOST_NAMES).map(({ file }) => element('li', {}, [file.name]))),
  )
  return view
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
