/** What is around every screen: heading, the way back, whether the computer can be reached, and the navigation under the thumb. */
import { element, fill, setText } from './element.ts'
import { type IconName, icon } from './parts/icon.ts'
import { linkTo, type Route } from './routes.ts'
import { words } from './words.ts'

export interface Shell {
  /** @param paired whether there is more to go to than this screen. */
  show(screen: Route['screen'], content: HTMLElement, paired: boolean): void
  setReachable(reachable: boolean): void
}

const PLACES: readonly (Route['screen'] & ('home' | 'photos' | 'back' | 'phone'))[] = [
  'home',
  'photos',
  'back',
  'phone',
]
/** Screens that are reached from home alone light it up. */
const BELOW_HOME: readonly Route['screen'][] = ['setup', 'send', 'safe']

export function createShell(body: HTMLElement): Shell {
  const heading = element('h1', { tabindex: -1 })
  const wayBack = element(
    'a',
    { class: 'icon-button', href: linkTo('home'), 'aria-label': words.titles.home },
    [icon('left')],
  )
  const offline = element('div', { class: 'offline', role: 'status' })
  const main = element('main', { id: 'main' })
  const links = new Map(PLACES.map((screen) => [screen, navigationLink(screen)]))
  const navigation = element('nav', { class: 'bottom', 'aria-label': words.navigation.label }, [
    ...links.values(),
  ])
  const skip = element('a', { class: 'skip', href: '#main' }, [words.skip], {
    click: (event) => {
      // The address behind `#` belongs to the screens.
      event.preventDefault()
      heading.focus()
    },
  })
  fill(body, skip, element('header', { class: 'top' }, [wayBack, heading]), offline, main, navigation)
  let first = true

  return {
    show(screen, content, paired) {
      const title = words.titles[screen]
      setText(heading, title)
      document.title = `${title} – ${words.app}`
      wayBack.hidden = !paired || PLACES.some((place) => place === screen)
      navigation.hidden = !paired
      for (const [place, link] of links) {
        const here = place === screen || (place === 'home' && BELOW_HOME.includes(screen))
        if (here) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
      }
      fill(main, content)
      window.scrollTo(0, 0)
      // A reader starts at the top by itself when the page has just been opened.
      if (!first) heading.focus({ preventScroll: true })
      first = false
    },
    setReachable(reachable) {
      if (reachable) fill(offline)
      else fill(offline, icon('offline'), element('span', {}, [words.offline]))
    },
  }
}

function navigationLink(screen: IconName & keyof typeof words.navigation & Route['screen']): HTMLElement {
  return element('a', { href: linkTo(screen) }, [
    icon(screen),
    element('span', {}, [words.navigation[screen]]),
  ])
}
