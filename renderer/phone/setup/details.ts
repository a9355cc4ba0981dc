/** What any app asks for, ready to be copied. */
import { card, disclosure, paragraph } from '../parts/card.ts'
import { copyField } from '../parts/copy-field.ts'
import type { Setup } from '../screens/setup.ts'
import { words } from '../words.ts'

/** @param open whether it is the main thing here, and not an extra to be opened. */
export function detailsCard(setup: Setup, open = false): HTMLElement {
  const fields = [
    paragraph(words.setup.android.othersText),
    copyField(words.setup.files, setup.files),
    copyField(words.setup.user, setup.phone.user),
    setup.password !== null && copyField(words.setup.password, setup.password, true),
    setup.password !== null && paragraph(words.setup.passwordOnce, 'small'),
    copyField(words.setup.carddav, setup.carddav),
    copyField(words.setup.caldav, setup.caldav),
    copyField(words.setup.server, setup.server),
  ]
  if (open) return card(words.setup.otherApps, ...fields)
  return disclosure(words.setup.android.others, fields, 'card')
}
