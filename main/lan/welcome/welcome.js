/** The page on plain HTTP: finds out whether the phone knows this computer already, and then goes on over TLS. */

const PATIENCE = 4000
const PAUSE = 3000

const SENTENCES = {
  known: 'Your phone knows this computer. Going on…',
  unknown: 'Your phone doesn’t know this computer yet. The steps below change that.',
  silent:
    'The computer doesn’t answer. Is it awake, is Sidekeep running, and is your phone in the same Wi-Fi (no guest network, no VPN)? ' +
    'If so, the computer’s firewall may be in the way.',
}

/** The computer's name, then the address by which this page came; the name stays when the address changes. */
const origins = document.documentElement.dataset.origins.split(' ')

/** Where it goes on; the pairing secret is in the fragment, which no network sees. */
function portal(origin) {
  return `${origin}/portal/${location.hash}`
}

function answers(url, options) {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), PATIENCE)
  return fetch(url, { ...options, cache: 'no-store', signal: late.signal }).then(
    (answer) => {
      clearTimeout(timer)
      return answer.ok
    },
    () => false,
  )
}

/** A browser does not say why it could not connect: that this page's own server still answers tells the rest. */
async function look() {
  const trusted = await Promise.all(origins.map((origin) => answers(`${origin}/portal/trusted`)))
  const known = origins.find((_, index) => trusted[index])
  if (known) {
    show('known')
    location.replace(portal(known))
    return
  }
  show((await answers('/', { method: 'HEAD' })) ? 'unknown' : 'silent')
  setTimeout(lookWhenSeen, PAUSE)
}

function lookWhenSeen() {
  if (!document.hidden) return look()
  document.addEventListener('visibilitychange', lookWhenSeen, { once: true })
}

function show(state) {
  const place = document.getElementById('state')
  // Said once, and not every few seconds: it is read aloud.
  if (place.dataset.state === state) return
  place.dataset.state = state
  place.textContent = SENTENCES[state]
}

/** Shows the steps for this kind of phone, and for the other one on request. */
function choose(shown, hidden, otherName) {
  document.getElementById(shown).hidden = false
  document.getElementById(hidden).hidden = true
  const other = document.getElementById('other')
  other.hidden = false
  other.textContent = `I have ${otherName}`
  other.onclick = shown === 'iphone' ? chooseAndroid : chooseIphone
}

function chooseIphone() {
  choose('iphone', 'android', 'an Android phone')
}

function chooseAndroid() {
  choose('android', 'iphone', 'an iPhone or iPad')
}

const { userAgent, maxTouchPoints } = navigator
// An iPad calls itself a Mac, but no Mac has a touch screen.
if (/iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) chooseIphone()
else if (/Android/.test(userAgent)) chooseAndroid()

const go = document.getElementById('go')
go.href = portal(new URL(go.href).origin)
lookWhenSeen()
