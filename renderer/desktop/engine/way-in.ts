/** How this window reaches its engine: the token stands in the address it was opened with, and is kept for as long as the tab is. */

const KEY = 'token'

/** The token, taken out of the address so that nobody reads it there; null when the window was opened without one. */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get(KEY)
  if (given === null) return sessionStorage.getItem(KEY)
  sessionStorage.setItem(KEY, given)
  history.replaceState(null, '', location.pathname)
  return given
}

export function engineAddress(): string {
  return `ws://${location.host}/`
}
