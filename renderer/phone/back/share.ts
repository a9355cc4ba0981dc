/** Hands files to the phone one by one through its share sheet, each loaded before the tap that shares it. */
import { failureOf, Unreachable } from '../call.ts'
import type { Context } from '../context.ts'
import { element, fill, setText } from '../element.ts'
import { button } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { getPath } from '../screens/back.ts'
import { words } from '../words.ts'

interface SharedFile {
  id: string
  name: string
}

export function canShareFiles(): boolean {
  const probe = new File([new Uint8Array(1)], 'photo.jpg', { type: 'image/jpeg' })
  return navigator.canShare?.({ files: [probe] }) === true
}

/** @param stopped is called when its owner closes it. */
export function sharePanel(
  context: Context,
  files: readonly SharedFile[],
  at: string | undefined,
  stopped: () => void,
): HTMLElement {
  const step = element('p', { role: 'status' })
  const place = element('div', { class: 'stack' })
  const skip = button(words.back.shareSkip, next)
  const stop = button(words.back.shareStop, stopped, { class: 'quiet' })
  let index = -1

  /** A share sheet opens only right after a tap: the file must be there by then. */
  async function next(): Promise<void> {
    index++
    const file = files[index]
    if (!file) {
      fill(place, notice('good', words.back.shareDone))
      skip.hidden = true
      return setText(step, '')
    }
    setText(step, words.back.shareStep(index + 1, files.length))
    await prepare(file)
  }

  async function prepare(file: SharedFile): Promise<void> {
    const mine = index
    fill(
      place,
      button(words.back.sharePreparing(file.name), () => undefined, { disabled: true }),
    )
    try {
      const loaded = await fetchFile(context, file, at)
      if (index === mine)
        fill(
          place,
          button(words.back.shareNext(file.name), () => share(loaded), { class: 'primary' }),
        )
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble && index === mine)
        fill(
          place,
          troubleNotice(trouble, () => prepare(file)),
        )
    }
  }

  async function share(file: File): Promise<void> {
    try {
      await navigator.share({ files: [file] })
      await next()
    } catch (error) {
      // Closing the sheet is an answer too: the file can be shared again or skipped.
      if (error instanceof DOMException && error.name === 'AbortError') return
      place.append(notice('warning', words.back.shareRefused(file.name)))
    }
  }

  next()
  return card(
    words.back.shareTitle,
    step,
    place,
    paragraph(words.back.shareHint, 'small'),
    element('div', { class: 'row' }, [skip, stop]),
  )
}

async function fetchFile({ signal, connection }: Context, { id, name }: SharedFile, at: string | undefined) {
  const response = await fetch(getPath(`photo/${encodeURIComponent(id)}`, at), { signal }).catch(() => {
    signal.throwIfAborted?.()
    connection.report(false)
    throw new Unreachable()
  })
  if (!response.ok) throw failureOf(response.status, await response.text())
  const bytes = await response.blob()
  return new File([bytes], name, { type: bytes.type })
}
