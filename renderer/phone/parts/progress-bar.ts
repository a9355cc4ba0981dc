/** How far something is. It is full only when it is done. */
import { element } from '../element.ts'

export interface ProgressBar {
  view: HTMLElement
  /** @param share from 0 to 1 */
  set(share: number): void
}

export function progressBar(label: string): ProgressBar {
  const filled = element('div', { class: 'bar-filled' })
  const view = element(
    'div',
    { class: 'bar', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 },
    [filled],
  )
  function set(share: number): void {
    const percent = Math.floor(Math.min(Math.max(share, 0), 1) * 100)
    view.setAttribute('aria-valuenow', String(percent))
    filled.style.transform = `scaleX(${share})`
  }
  set(0)
  return { view, set }
}
