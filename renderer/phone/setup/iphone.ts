/** iPhone: one profile brings certificate and accounts; two places in Settings, drawn, where it is let in. */
import { element } from '../element.ts'
import { breakable } from '../parts/breakable.ts'
import { linkButton } from '../parts/button.ts'
import { card, disclosure, paragraph } from '../parts/card.ts'
import type { Setup } from '../screens/setup.ts'
import { words } from '../words.ts'
import { installPicture, trustPicture } from './pictures.ts'

// The phone has the profile by then, and its path has worked for the one time it does.
const USED_MS = 4000

/** @param refresh brings a new path for the profile, should it be needed again. */
export function iphoneSteps(setup: Setup, refresh: () => void): HTMLElement[] {
  const text = words.setup.iphone
  return [
    setup.profile !== null &&
      card(text.download, paragraph(text.downloadText), profileButton(setup.profile, refresh)),
    card(text.install, paragraph(text.installText), installPicture()),
    card(text.trust, paragraph(text.trustText), trustPicture(), fingerprint(setup)),
  ].filter((step): step is HTMLElement => step !== false)
}

function profileButton(path: string, refresh: () => void): HTMLElement {
  const link = linkButton(words.setup.iphone.downloadButton, path, { class: 'primary' })
  link.addEventListener('click', () => setTimeout(refresh, USED_MS))
  return link
}

function fingerprint({ fingerprint: value }: Setup): HTMLElement | false {
  if (value === null) return false
  return disclosure(words.setup.iphone.fingerprint, [element('p', { class: 'mono' }, breakable(value))])
}
