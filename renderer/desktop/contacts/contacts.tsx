/** All contacts, whatever phone and book they are in, with a search that answers while one types. */
import { Stack, Text, TextInput, Title } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useLiveQuery } from 'dexie-react-hooks'
import { useDeferredValue, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEngine } from '../engine/engine.tsx'
import { isViewFull, type StoredContact } from '../view/database.ts'
import classes from './contacts.module.css'
import { findContacts } from './find-contacts.ts'

const ROW = 60
/** What scrolls must be reachable by keyboard (WCAG 2.1.1). */
const REACHABLE = { tabIndex: 0 }

export function Contacts() {
  const { t } = useTranslation()
  const { view, filling } = useEngine()
  const [text, setText] = useState('')
  const wanted = useDeferredValue(text)
  const contacts = useLiveQuery(() => findContacts(view, wanted), [view, wanted])
  const isFull = useLiveQuery(() => isViewFull(view), [view])
  return (
    <Stack gap="sm" h="calc(100vh - 88px)">
      <Title order={1} size="h2">
        {t('contacts.title')}
      </Title>
      <TextInput
        type="search"
        label={t('contacts.search')}
        description={t('contacts.searchHint')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        maw={480}
      />
      <Text size="sm" role="status">
        {isFull
          ? contacts && t('contacts.found', { count: contacts.length })
          : t('contacts.filling', { ...(filling ?? { rows: 0, total: 0 }) })}
      </Text>
      {contacts?.length === 0 && isFull && (
        <Text>{wanted === '' ? t('contacts.none') : t('contacts.noneFound', { text: wanted })}</Text>
      )}
      {contacts && contacts.length > 0 && <ContactList contacts={contacts} />}
    </Stack>
  )
}

function ContactList({ contacts }: { contacts: StoredContact[] }) {
  const { t } = useTranslation()
  const frame = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: contacts.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 8,
  })
  return (
    <section ref={frame} className={classes.frame} {...REACHABLE} aria-label={t('contacts.title')}>
      <ul className={classes.list} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ key, index, start }) => (
          <li
            key={key}
            className={classes.row}
            style={{ transform: `translateY(${start}px)`, height: ROW }}
            aria-posinset={index + 1}
            aria-setsize={contacts.length}
          >
            <ContactLine contact={contacts[index]!} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function ContactLine({
  contact: { title, name, organisation, phones, mails, readable },
}: {
  contact: StoredContact
}) {
  const { t } = useTranslation()
  const details = [organisation, phones[0], mails[0]].filter(Boolean).join(' · ')
  return (
    <>
      <Text fw={500} truncate>
        {title || name}
      </Text>
      <Text size="sm" c="dimmed" truncate>
        {readable ? details : t('contacts.unreadable')}
      </Text>
    </>
  )
}
