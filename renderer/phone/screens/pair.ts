/** Pairing: the secret of the QR code or the typed words, then the check code that both sides show. */
import type { Context } from '../context.ts'
import { readDevice } from '../device.ts'
import { element, fill } from '../element.ts'
import { button } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { poll } from '../poll.ts'
import { words } from '../words.ts'

const EVERY_MS = 1500

export function pairScreen(context: Context, secret: string | null): HTMLElement {
  const { call, signal } = context
  const view = element('div', { class: 'screen' })

  function showForm(): void {
    const field = element('input', {
      id: 'secret',
      type: 'text',
      autocomplete: 'off',
      autocapitalize: 'characters',
      autocorrect: 'off',
      spellcheck: 'false',
      required: true,
      'aria-describedby': 'pair-lead',
    })
    const form = element(
      'form',
      { class: 'card stack', novalidate: true },
      [
        element('p', { id: 'pair-lead' }, [words.pair.ask]),
        element('label', { for: 'secret' }, [words.pair.field]),
        field,
        element('button', { type: 'submit', class: 'button primary' }, [words.pair.go]),
      ],
      {
        submit: (event) => {
          event.preventDefault()
          const typed = readSecret(field.value)
          if (typed === '') field.focus()
          else claim(typed)
        },
      },
    )
    fill(view, form)
  }

  async function claim(claimed: string): Promise<void> {
    fill(view, notice('plain', words.pair.claiming))
    await attempt(
      async () => {
        const device = await readDevice(navigator)
        const { code } = await call(
          'pair.claim',
          { secret: claimed, platform: context.platform, device },
          signal,
        )
        showCode(code)
        await follow()
      },
      () => claim(claimed),
    )
  }

  /** Waits for the owner's word on the computer. */
  async function follow(): Promise<void> {
    await poll(
      async () => {
        const { state, wasReset } = await call('pair.state', {}, signal)
        if (state === 'waiting') return false
        if (state === 'paired') context.go(wasReset ? 'back' : 'setup')
        else showEnd(state === 'refused' ? words.pair.refused : words.pair.expired)
        return true
      },
      EVERY_MS,
      signal,
    )
  }

  function showCode(code: string): void {
    fill(
      view,
      card(
        words.pair.compare,
        element(
          'output',
          { class: 'check-code', 'aria-label': `${words.pair.codeLabel}: ${[...code].join(' ')}` },
          [`${code.slice(0, 3)} ${code.slice(3)}`],
        ),
        paragraph(words.pair.confirm),
        paragraph(words.pair.why, 'small'),
        element('p', { class: 'pending', role: 'status' }, [words.pair.waiting]),
      ),
    )
  }

  function showEnd(trouble: { sentence: string; next: string }): void {
    fill(view, troubleNotice(trouble), button(words.pair.another, showForm, { class: 'primary' }))
  }

  async function attempt(work: () => Promise<void>, again: () => void): Promise<void> {
    try {
      await work()
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) fill(view, troubleNotice(trouble, again), button(words.pair.another, showForm))
    }
  }

  /** The page may have been loaded anew while the computer waits for its owner. */
  async function lookForEarlierClaim(): Promise<void> {
    showForm()
    await attempt(async () => {
      const { state, code } = await call('pair.state', {}, signal)
      if (state !== 'waiting' || code === null) return
      showCode(code)
      await follow()
    }, lookForEarlierClaim)
  }

  if (secret === null) lookForEarlierClaim()
  else claim(secret)
  return view
}

/** Takes the whole link as well as its words. */
function readSecret(typed: string): string {
  const text = typed.trim()
  return (/#pair=(.*)$/.exec(text)?.[1] ?? text).slice(0, 64)
}
