/** Our own drawings of the two places in an iPhone's Settings. */
import { type Child, drawing } from '../element.ts'
import { words } from '../words.ts'

const text = words.setup.iphone.picture

export function installPicture(): SVGElement {
  return picture(
    text.install,
    screen(8, [
      title(8, text.settings),
      row(8, 58, text.downloaded, 'chosen'),
      row(8, 88, ''),
      row(8, 118, ''),
      pointer(126, 78),
    ]),
    arrow(),
    screen(180, [
      title(180, text.installProfile, 20),
      label(304, 30, text.installWord, 'end', 'strong'),
      box(196, 58, 108, 56),
      badge(250, 80),
      pointer(298, 38),
    ]),
  )
}

export function trustPicture(): SVGElement {
  return picture(
    text.trust,
    drawing('rect', { class: 'pic-phone', x: 50, y: 6, width: 220, height: 138, rx: 14 }),
    label(160, 34, text.trustSettings, 'middle', 'strong'),
    box(64, 52, 192, 34),
    label(76, 74, text.root, 'start'),
    drawing('rect', { class: 'pic-on', x: 212, y: 59, width: 34, height: 20, rx: 10 }),
    drawing('circle', { class: 'pic-knob', cx: 236, cy: 69, r: 8 }),
    box(64, 96, 192, 34),
    pointer(240, 84),
  )
}

function picture(description: string, ...parts: SVGElement[]): SVGElement {
  const attributes = { class: 'picture', viewBox: '0 0 320 150', role: 'img', 'aria-label': description }
  return drawing('svg', attributes, parts)
}

function screen(x: number, parts: Child[]): SVGElement {
  return drawing('g', {}, [
    drawing('rect', { class: 'pic-phone', x, y: 6, width: 132, height: 138, rx: 14 }),
    ...parts,
  ])
}

function title(x: number, words: string, indent = 10): SVGElement {
  return label(x + indent - 10 + 12, indent > 10 ? 48 : 38, words, 'start', indent > 10 ? '' : 'strong')
}

function row(x: number, y: number, words: string, kind = ''): SVGElement {
  return drawing('g', {}, [
    drawing('rect', { class: `pic-box ${kind}`, x: x + 10, y, width: 112, height: 24, rx: 6 }),
    words !== '' && label(x + 18, y + 16, words, 'start', 'small'),
    words === '' && drawing('path', { class: 'pic-line', d: `M${x + 20} ${y + 12}h60` }),
  ])
}

function box(x: number, y: number, width: number, height: number): SVGElement {
  return drawing('rect', { class: 'pic-box', x, y, width, height, rx: 8 })
}

function badge(x: number, y: number): SVGElement {
  return drawing('g', {}, [
    drawing('rect', { class: 'pic-on', x: x - 10, y: y - 12, width: 20, height: 24, rx: 4 }),
    drawing('path', { class: 'pic-mark', d: `M${x - 5} ${y}l4 4 7-8` }),
  ])
}

function label(
  x: number,
  y: number,
  words: string,
  anchor: 'start' | 'middle' | 'end',
  kind = '',
): SVGElement {
  return drawing('text', { class: `pic-text ${kind}`, x, y, 'text-anchor': anchor }, [words])
}

function arrow(): SVGElement {
  return drawing('path', { class: 'pic-arrow', d: 'M148 75h20m-7-7 7 7-7 7' })
}

/** Where to tap. */
function pointer(x: number, y: number): SVGElement {
  return drawing('g', {}, [
    drawing('circle', { class: 'pic-tap', cx: x, cy: y, r: 9 }),
    drawing('circle', { class: 'pic-tap-dot', cx: x, cy: y, r: 3.5 }),
  ])
}
