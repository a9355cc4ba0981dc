/** Draws the PNG icons of the phone's pages from their SVG: `npx node build/portal-icons.ts`, when the SVG was changed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from '../test/e2e/portal-browser.ts'
import { findPeer } from '../test/peers/peers.ts'

const FOLDER = join(import.meta.dirname, '..', 'renderer', 'phone', 'public')
const GROUND = '#0d5f58'

/** `inset` is the share left free on each side: systems cut a maskable icon to any shape and round an iPhone's. */
const ICONS = [
  { name: 'icon-192.png', size: 192, inset: 0, ground: 'transparent' },
  { name: 'icon-512.png', size: 512, inset: 0, ground: 'transparent' },
  { name: 'icon-maskable-512.png', size: 512, inset: 0.08, ground: GROUND },
  { name: 'apple-touch-icon.png', size: 180, inset: 0.02, ground: GROUND },
]

const program = findPeer('chromium')
if (!program) throw new Error('needs chromium; build/setup.sh brings it')
const browser = await launch(program.path)
const page = await browser.newPage()
const drawing = readFileSync(join(FOLDER, 'icon.svg')).toString('base64')
for (const { name, size, inset, ground } of ICONS) {
  await page.setViewportSize({ width: size, height: size })
  const [edge, side] = [size * inset, size * (1 - 2 * inset)]
  await page.setContent(
    `<body style="margin:0;background:${ground}"><img style="position:fixed;left:${edge}px;top:${edge}px;width:${side}px" src="data:image/svg+xml;base64,${drawing}">`,
  )
  writeFileSync(join(FOLDER, name), await page.screenshot({ omitBackground: true }))
}
await browser.close()
