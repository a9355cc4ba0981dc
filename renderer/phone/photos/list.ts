/** The queue as a list: what is on its way, what failed and why, what comes next; never more rows than a screen can use. */
import { element, fill, setText } from '../element.ts'
import { formatBytes } from '../format.ts'
import { button, iconButton } from '../parts/button.ts'
import { paragraph } from '../parts/card.ts'
import { icon } from '../parts/icon.ts'
import { progressBar } from '../parts/progress-bar.ts'
import type { Entry, Stage } from '../upload/queue.ts'
import { drawThumbnail } from '../upload/thumbnail.ts'
import type { Uploader } from '../upload/uploader.ts'
import { words } from '../words.ts'
import type { Drawn } from './progress.ts'

const MOST_ROWS = 20

interface Group {
  title: string
  stages: readonly Stage[]
}

const GROUPS: readonly Group[] = [
  { title: words.photos.now, stages: ['sending', 'sent', 'hashing'] },
  { title: words.photos.failed, stages: ['failed'] },
  { title: words.photos.next, stages: ['ready', 'hashed', 'waiting'] },
]

interface Row {
  view: HTMLElement
  draw(): void
}

export function queueList(uploader: Uploader): Drawn {
  const { queue } = uploader
  const rows = new Map<number, Row>()
  const groups = GROUPS.map((group) => ({ group, ...makeGroup(group) }))
  const view = element('div', { class: 'queue' }, [...groups.map((made) => made.view)])

  function draw(): void {
    const drawn = new Set<number>()
    for (const { group, view: groupView, list, more } of groups) {
      const entries = firstOf(group.stages)
      const count = group.stages.reduce((sum, stage) => sum + queue.count(stage), 0)
      groupView.hidden = count === 0
      place(
        list,
        entries.map((entry) => rowFor(entry)),
      )
      setText(more, count > entries.length ? words.photos.more(count - entries.length) : '')
      for (const { id } of entries) drawn.add(id)
    }
    for (const id of rows.keys()) if (!drawn.has(id)) rows.delete(id)
  }

  function firstOf(stages: readonly Stage[]): Entry[] {
    const found: Entry[] = []
    for (const stage of stages) found.push(...queue.first(stage, MOST_ROWS - found.length))
    return found
  }

  function rowFor(entry: Entry): HTMLElement {
    let row = rows.get(entry.id)
    if (!row) {
      row = makeRow(uploader, entry, () => rows.has(entry.id))
      rows.set(entry.id, row)
    }
    row.draw()
    return row.view
  }

  function makeGroup({ title, stages }: Group) {
    const list = element('ul', { class: 'rows card' })
    const more = paragraph('', 'small')
    const retry =
      stages.includes('failed') && button(words.photos.retryAll, uploader.retryAll, { icon: 'again' })
    const groupView = element('section', { 'aria-label': title }, [
      element('h2', {}, [title]),
      retry,
      list,
      more,
    ])
    return { view: groupView, list, more }
  }

  return { view, draw }
}

/** Moves rows only where the order changed: focus and pictures stay. */
function place(list: HTMLElement, views: HTMLElement[]): void {
  const wanted = new Set(views)
  for (const child of [...list.children]) if (!wanted.has(child as HTMLElement)) child.remove()
  views.forEach((view, index) => {
    if (list.children[index] !== view) list.insertBefore(view, list.children[index] ?? null)
  })
}

function makeRow(uploader: Uploader, entry: Entry, wanted: () => boolean): Row {
  const { file, id } = entry
  const bar = progressBar(file.name)
  const state = element('span', { class: 'file-state' })
  const cancel = iconButton('close', words.photos.cancelOne(file.name), () => uploader.cancel(id))
  const retry = iconButton('again', words.photos.retryOne(file.name), () => uploader.retry(id))
  const view = element('li', { class: 'file-row' }, [
    thumbnail(file, wanted),
    element('span', { class: 'file-name' }, [file.name]),
    state,
    bar.view,
    element('span', { class: 'file-actions' }, [retry, cancel]),
  ])

  function draw(): void {
    const { stage, sent, failure } = entry
    const text = failure ? `${failure.sentence} ${failure.next}` : words.photos.stage[stage]
    setText(state, `${formatBytes(file.size)} · ${text}`)
    view.dataset.stage = stage
    bar.view.hidden = stage !== 'sending'
    bar.set(file.size === 0 ? 0 : sent / file.size)
    retry.hidden = stage !== 'failed'
    cancel.hidden = stage === 'sent'
  }

  return { view, draw }
}

function thumbnail(file: File, wanted: () => boolean): HTMLElement {
  const canvas = element('canvas', { width: 96, height: 96 })
  const place = element('span', { class: 'thumbnail', 'aria-hidden': 'true' }, [
    icon(file.type.startsWith('video/') ? 'film' : 'photos'),
  ])
  drawThumbnail(file, canvas, wanted).then((drawn) => {
    if (drawn) fill(place, canvas)
  })
  return place
}
