/** The page as an app on the home screen: browsers offer it once, at a moment of their own choice. */

interface InstallOffer extends Event {
  prompt(): Promise<void>
}

let offer: InstallOffer | undefined

window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  offer = event as InstallOffer
})

/** Whether the browser has made its offer; an iPhone never does. */
export function canInstall(): boolean {
  return offer !== undefined
}

export function install(): void {
  offer?.prompt()
  offer = undefined
}

export function isInstalled(): boolean {
  return matchMedia('(display-mode: standalone)').matches
}
