/** The bar under the thumb for the chosen photos: as one file, or one by one. */
import type { ListedPhoto } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element, fill, setText } from '../element.ts'
import { button } from '../parts/button.ts'
import { paragraph } from '../parts/card.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { words } from '../words.ts'
import { canShareFiles, sharePanel } from './share.ts'

/** Photos that were chosen one by one, or how many it is when all are meant. */
export type Selection = readonly ListedPhoto[] | { all: number }

export interface SelectionBar {
  view: HTMLElement
  show(selection: Selection): void
}

export function selectionBar(context: Context, at: string | undefined): SelectionBar {
  const { call, signal } = context
  const count = element('p', { role: 'status' })
  const said = element('div')
  const zip = button(words.back.zip, getZip, { class: 'primary' })
  const share = button(words.back.share, startSharing)
  const bar = element('section', { class: 'selection', 'aria-label': words.back.selection }, [
    count,
    element('div', { class: 'row' }, [zip, share]),
  ])
  let selection: Selection = []

  async function getZip(): Promise<void> {
    zip.disabled = true
    try {
      const ids = isList(selection) ? selection.map(({ id }) => id) : undefined
      const { path, count: files, bytes, missing } = await call('photos.zip', { at, ids }, signal)
      element('a', { href: path, download: true }).click()
      fill(
        said,
        notice(
          missing > 0 ? 'warning' : 'good',
          words.back.zipReady(files, bytes),
          missing > 0 && paragraph(words.back.zipMissing(missing)),
        ),
      )
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) fill(said, troubleNotice(trouble))
    } finally {
      zip.disabled = false
    }
  }

  function startSharing(): void {
    if (!isList(selection)) return
    const stop = () => fill(said)
    fill(said, sharePanel(context, selection.flatMap(filesOf), at, stop))
  }

  function show(chosen: Selection): void {
    selection = chosen
    const none = isList(chosen) && chosen.length === 0
    bar.hidden = none
    share.hidden = !isList(chosen) || !canShareFiles()
    if (isList(chosen)) {
      const bytes = chosen.flatMap(filesOf).reduce((sum, { size }) => sum + size, 0)
      setText(count, words.back.chosenBytes(chosen.length, bytes))
    } else setText(count, words.back.chosen(chosen.all))
  }

  show([])
  return { view: element('div', { class: 'selection-place' }, [said, bar]), show }
}

function isList(selection: Selection): selection is readonly ListedPhoto[] {
  return Array.isArray(selection)
}

interface SharedFile {
  id: string
  name: string
  size: number
}

/** A Live Photo's film goes along with its picture. Phones take a name without folders only. */
function filesOf({ id, name, size, together }: ListedPhoto): SharedFile[] {
  return [{ id, name, size }, ...together].map((file) => ({
    ...file,
    name: file.name.slice(file.name.lastIndexOf('/') + 1),
  }))
}
