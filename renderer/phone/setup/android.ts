/** Android: apps that keep contacts, calendars and photos in step, each opened with the account filled in. */
import { element } from '../element.ts'
import { linkButton } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import type { Setup } from '../screens/setup.ts'
import { words } from '../words.ts'

const DAVX5 = 'at.bitfire.davdroid'
const NEXTCLOUD = 'com.nextcloud.client'

export function androidSteps({ davx5, nextcloud }: Setup): HTMLElement[] {
  const text = words.setup.android
  return [
    card(
      text.contacts,
      paragraph(text.contactsText),
      davx5 !== null && linkButton(text.davx5, davx5, { class: 'primary' }),
      stores(text.noDavx5, DAVX5),
      paragraph(text.afterDavx5, 'small'),
    ),
    card(
      text.photos,
      paragraph(text.photosText),
      nextcloud !== null && linkButton(text.nextcloud, nextcloud, { class: 'primary' }),
      stores(text.noNextcloud, NEXTCLOUD),
      paragraph(text.afterNextcloud, 'small'),
    ),
  ]
}

function stores(label: string, app: string): HTMLElement {
  const link = (name: string, href: string) =>
    element('a', { href, target: '_blank', rel: 'noreferrer' }, [name])
  return element('p', { class: 'stores' }, [
    `${label} `,
    link(words.setup.android.play, `https://play.google.com/store/apps/details?id=${app}`),
    link(words.setup.android.fdroid, `https://f-droid.org/packages/${app}/`),
  ])
}
