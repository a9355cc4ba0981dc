/** A place whose content comes from the computer: waiting, shown, or why it cannot be. */
import { Unreachable } from '../call.ts'
import type { Context } from '../context.ts'
import { element, fill } from '../element.ts'
import { words } from '../words.ts'
import { notice, troubleNotice } from './notice.ts'

/** Loads and shows; a lost network is waited out, and anything else can be tried again. */
export function loaded<T>(
  context: Context,
  load: () => Promise<T>,
  show: (value: T) => Node,
): { view: HTMLElement; reload(): Promise<void> } {
  const view = element('div', { class: 'loaded', 'aria-busy': 'true' }, [waiting()])
  let waitsForNetwork = false

  async function reload(): Promise<void> {
    waitsForNetwork = false
    try {
      fill(view, show(await load()))
    } catch (error) {
      if (error instanceof Unreachable) {
        waitsForNetwork = true
        fill(view, notice('plain', words.offline, element('p', {}, [words.offlineHelp])))
        return
      }
      const trouble = context.trouble(error)
      if (trouble) fill(view, troubleNotice(trouble, reload))
    } finally {
      view.setAttribute('aria-busy', String(waitsForNetwork))
    }
  }

  context.connection.watch((reachable) => {
    if (reachable && waitsForNetwork) reload()
  }, context.signal)
  reload()
  return { view, reload }
}

// Something of the size of what will come, so that little moves when it does.
function waiting(): HTMLElement {
  return element('div', { class: 'waiting' }, [element('span', { class: 'for-readers' }, [words.loading])])
}
