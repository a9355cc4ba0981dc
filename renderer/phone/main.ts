/** Starts the pages: wires the parts and shows the screen that the address names. */
import './no-eval.ts'
import { createCall, PortalProblem, SignedOut, Unreachable } from './call.ts'
import { createConnection } from './connection.ts'
import type { Context, Screen, Trouble } from './context.ts'
import { readPlatform } from './device.ts'
import { linkTo, type Route, readRoute } from './routes.ts'
import { allowScreen } from './screens/allow.ts'
import { backScreen } from './screens/back.ts'
import { homeScreen } from './screens/home.ts'
import { pairScreen } from './screens/pair.ts'
import { phoneScreen } from './screens/phone.ts'
import { photosScreen } from './screens/photos.ts'
import { safeScreen } from './screens/safe.ts'
import { sendScreen } from './screens/send.ts'
import { setupScreen } from './screens/setup.ts'
import { createShell } from './shell.ts'
import { startUploads } from './upload/start.ts'
import { words } from './words.ts'

const connection = createConnection()
const call = createCall(connection.report)
const uploader = startUploads(call, connection)
const shell = createShell(document.body)
let leave = new AbortController()

connection.watch(shell.setReachable)

function open(route: Route): void {
  leave.abort()
  leave = new AbortController()
  const { signal } = leave
  const context: Context = {
    ...{ call, connection, uploader, signal, go, trouble },
    platform: readPlatform(navigator),
    now: Date.now,
  }
  function trouble(error: unknown): Trouble | undefined {
    if (signal.aborted) return undefined
    if (error instanceof SignedOut) {
      if (route.screen === 'allow')
        return { sentence: words.problems.signedOut.sentence, next: words.allow.unpaired }
      open({ screen: 'pair', secret: null })
      return undefined
    }
    if (error instanceof PortalProblem) return { sentence: error.message, next: error.next }
    if (error instanceof Unreachable) return { sentence: words.offline, next: words.offlineHelp }
    console.error(error)
    return words.problems.unforeseen
  }
  shell.show(route.screen, screenOf(route)(context), route.screen !== 'pair')
}

function screenOf(route: Route): Screen {
  switch (route.screen) {
    case 'pair':
      return (context) => pairScreen(context, route.secret)
    case 'allow':
      return (context) => allowScreen(context, route.token)
    case 'home':
      return homeScreen
    case 'setup':
      return setupScreen
    case 'photos':
      return photosScreen
    case 'send':
      return sendScreen
    case 'safe':
      return safeScreen
    case 'back':
      return backScreen
    case 'phone':
      return phoneScreen
  }
}

function go(screen: Route['screen']): void {
  if (location.hash === linkTo(screen)) openAddressed()
  else location.hash = linkTo(screen)
}

function openAddressed(): void {
  const route = readRoute(location.hash)
  // A secret must not stay in the address bar, nor in the history.
  if ('secret' in route || 'token' in route) history.replaceState(null, '', linkTo(route.screen))
  open(route)
}

window.addEventListener('hashchange', openAddressed)
openAddressed()

// Without trust in our root there is none; the pages then just need the network to open.
navigator.serviceWorker?.register('service-worker.js').catch((error: unknown) => console.info(error))
