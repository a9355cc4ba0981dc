/** Keeps the pages' own files, so that the app opens without network too. It never answers for the computer: no call, no photo. */

// Filled in by the build: names of the files below `/portal/`, and a name for this set of them.
declare const __SHELL_FILES__: readonly string[]
declare const __SHELL_VERSION__: string

const worker = self as unknown as ServiceWorkerGlobalScope
const INDEX = '/portal/'
const FILES = new Set(__SHELL_FILES__.map((name) => INDEX + name))
const CACHE = `shell-${__SHELL_VERSION__}`

worker.addEventListener('install', (event) => {
  event.waitUntil(store().then(() => worker.skipWaiting()))
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOldShells().then(() => worker.clients.claim()))
})

worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url)
  if (event.request.method !== 'GET' || origin !== worker.location.origin) return
  // The page itself comes from the computer whenever it can be reached; what it loads is named by its content and never changes.
  if (pathname === INDEX) event.respondWith(networkFirst(event.request))
  else if (FILES.has(pathname)) event.respondWith(cacheFirst(event.request))
})

async function store(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll([INDEX, ...FILES])
}

async function dropOldShells(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
}

async function networkFirst(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch {
    return (await ours(INDEX)) ?? Response.error()
  }
}

async function cacheFirst(request: Request): Promise<Response> {
  return (await ours(request)) ?? fetch(request)
}

async function ours(request: RequestInfo): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(request)
}
