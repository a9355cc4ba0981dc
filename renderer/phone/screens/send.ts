/** Contacts and calendars as files, or contacts from the phone's own picker; and what came of it. */
import { portalPaths, sentSchema } from '../../../preload/portal.ts'
import type { Context } from '../context.ts'
import { element, fill, setText } from '../element.ts'
import { button } from '../parts/button.ts'
import { card, paragraph } from '../parts/card.ts'
import { fileButton } from '../parts/file-button.ts'
import { notice, troubleNotice } from '../parts/notice.ts'
import { progressBar } from '../parts/progress-bar.ts'
import { postFile } from '../post-file.ts'
import { type PickedContact, writeCards } from '../vcard.ts'
import { words } from '../words.ts'

type Kind = 'contacts' | 'calendar'

/** The Contact Picker API; only Chrome on Android has it. */
interface ContactPicker {
  getProperties(): Promise<string[]>
  select(properties: string[], options: { multiple: boolean }): Promise<PickedContact[]>
}

declare global {
  interface Navigator {
    contacts?: ContactPicker
  }
}

const ACCEPTED: Readonly<Record<Kind, string>> = {
  contacts: '.vcf,text/vcard,text/x-vcard,text/directory',
  calendar: '.ics,text/calendar',
}

const WANTED = ['name', 'tel', 'email', 'address']

export function sendScreen(context: Context): HTMLElement {
  const result = { contacts: element('div'), calendar: element('div') }
  const send = (kind: Kind, name: string, file: Blob) => sendFile(context, kind, name, file, result[kind])
  return element('div', { class: 'screen' }, [
    kindCard('contacts', navigator.contacts && pickButton(navigator.contacts)),
    kindCard('calendar'),
  ])

  function kindCard(kind: Kind, more?: HTMLElement): HTMLElement {
    const { title, text, choose } = words.send.kind[kind]
    const choice = fileButton(choose, { icon: 'files', accept: ACCEPTED[kind], class: 'primary' }, ([file]) =>
      send(kind, file!.name, file!),
    )
    return card(title, paragraph(text), choice, more, result[kind])
  }

  function pickButton(picker: ContactPicker): HTMLElement {
    return element('div', { class: 'stack' }, [
      paragraph(words.send.pickText),
      button(words.send.pick, () => pick(picker), { icon: 'send' }),
    ])
  }

  async function pick(picker: ContactPicker): Promise<void> {
    try {
      const offered = await picker.getProperties()
      const picked = await picker.select(
        WANTED.filter((property) => offered.includes(property)),
        { multiple: true },
      )
      if (picked.length === 0) return fill(result.contacts, notice('plain', words.send.nothingPicked))
      const cards = new Blob([writeCards(picked)], { type: 'text/vcard' })
      await send('contacts', words.send.contactList, cards)
    } catch (error) {
      const trouble = context.trouble(error)
      if (trouble) fill(result.contacts, troubleNotice(trouble))
    }
  }
}

async function sendFile(
  context: Context,
  kind: Kind,
  name: string,
  file: Blob,
  place: HTMLElement,
): Promise<void> {
  if (file.size === 0)
    return fill(place, troubleNotice({ sentence: words.send.empty, next: words.send.emptyNext }))
  const bar = progressBar(words.send.sending(name))
  const said = element('p', { role: 'status' }, [words.send.sending(name)])
  fill(place, element('div', { class: 'stack' }, [said, bar.view]))
  try {
    const body = await postFile(
      portalPaths.send + kind,
      file,
      kind === 'contacts' ? 'text/vcard' : 'text/calendar',
      (sent) => {
        bar.set(sent / file.size)
        if (sent >= file.size) setText(said, words.send.reading(name))
      },
      context.signal,
      context.connection.report,
    )
    fill(place, resultNotice(name, sentSchema.parse(JSON.parse(body))))
  } catch (error) {
    const trouble = context.trouble(error)
    if (trouble)
      fill(
        place,
        troubleNotice(trouble, () => sendFile(context, kind, name, file, place)),
      )
  }
}

function resultNotice(
  name: string,
  { added, changed, unchanged, unreadable }: Record<'added' | 'changed' | 'unchanged' | 'unreadable', number>,
): HTMLElement {
  const lines = [
    added > 0 && words.send.added(added),
    changed > 0 && words.send.changed(changed),
    unchanged > 0 && words.send.unchanged(unchanged),
  ].filter((line): line is string => line !== false)
  const nothing = lines.length === 0 && unreadable === 0
  const shown = notice(
    unreadable > 0 || nothing ? 'warning' : 'good',
    words.send.done(name),
    lines.length > 0 && paragraph(`${words.list(lines)}.`),
    unreadable > 0 && paragraph(words.send.unreadable(unreadable)),
    nothing && paragraph(words.send.nothing),
  )
  shown.setAttribute('role', 'status')
  return shown
}
