/** The screens and their addresses behind the `#`. Secrets come the same way, since nothing behind a `#` reaches a log. */

export const screenNames = ['home', 'setup', 'photos', 'send', 'safe', 'back', 'phone'] as const
export type ScreenName = (typeof screenNames)[number]

export type Route =
  | { screen: ScreenName }
  /** `secret` comes from a QR code; without it the words are typed. */
  | { screen: 'pair'; secret: string | null }
  /** Lets an app in that asked for it. */
  | { screen: 'allow'; token: string }

/** @param hash as in `location.hash`. What is not known leads home. */
export function readRoute(hash: string): Route {
  const [, name = '', value = ''] = /^#([a-z]*)(?:=(.*))?$/s.exec(hash) ?? []
  if (name === 'pair') return { screen: 'pair', secret: decode(value) || null }
  if (name === 'allow' && value !== '') return { screen: 'allow', token: decode(value) }
  const screen = screenNames.find((known) => known === name)
  return { screen: screen ?? 'home' }
}

/** The address of a screen, without any secret. */
export function linkTo(screen: Route['screen']): string {
  return screen === 'home' ? '#' : `#${screen}`
}

// A broken escape stays as it was: the computer will say that it does not fit.
function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
