/** A button that opens the phone's picker. */
import { element } from '../element.ts'
import { type IconName, icon } from './icon.ts'

interface FileButtonOptions {
  icon: IconName
  /** As in the attribute `accept`; any file without. */
  accept?: string
  multiple?: boolean
  class?: string
}

export function fileButton(
  text: string,
  { icon: name, accept, multiple = false, class: kind = '' }: FileButtonOptions,
  picked: (files: File[]) => void,
): HTMLElement {
  const input = element(
    'input',
    { type: 'file', class: 'file-input', accept, multiple, 'aria-label': text },
    [],
    {
      change: () => {
        const files = [...(input.files ?? [])]
        // Else the same file could not be picked twice.
        input.value = ''
        if (files.length > 0) picked(files)
      },
    },
  )
  return element('label', { class: `button file-button ${kind}` }, [
    input,
    icon(name),
    element('span', { 'aria-hidden': 'true' }, [text]),
  ])
}
