/** All that is being done at this moment, how far it is, and a way to stop it. */
import { Button, Card, Group, Progress, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Work } from '../../../preload/events.ts'
import { useAction } from '../engine/use-call.ts'
import { useEvent } from '../engine/use-event.ts'
import { en } from '../words/en.ts'
import { sayBytes } from '../words/say-bytes.ts'

export function WorkList() {
  const { t } = useTranslation()
  const works = useEvent('work')?.now ?? []
  if (works.length === 0) return null
  return (
    <Stack gap="xs" component="section" aria-label={t('work.label')}>
      {works.map((work) => (
        <OneWork key={work.id} work={work} />
      ))}
    </Stack>
  )
}

const NAMED = new Set(Object.keys(en.work.names))

function OneWork({ work: { id, what, about, progress, isStopping } }: { work: Work }) {
  const { t, i18n } = useTranslation()
  const stop = useAction('work.stop')
  const name = t(`work.names.${NAMED.has(what) ? what : 'other'}` as 'work.names.other', {
    about: about ?? '',
  })
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600}>{name}</Text>
        <Button
          variant="default"
          size="xs"
          disabled={isStopping}
          onClick={() => stop.run({ work: id })}
          aria-label={`${t('work.stop')}: ${name}`}
        >
          {t(isStopping ? 'work.stopping' : 'work.stop')}
        </Button>
      </Group>
      {progress && (
        <>
          <Progress value={shareOf(progress)} aria-label={name} my={6} />
          <Text size="sm">{tellProgress(progress)}</Text>
        </>
      )}
    </Card>
  )

  function tellProgress({ items, itemsTotal, bytes, bytesTotal }: NonNullable<Work['progress']>): string {
    const count =
      itemsTotal === null
        ? t('work.itemsOnly', { done: items })
        : t('work.items', { done: items, total: itemsTotal })
    const size = (n: number) => sayBytes(n, i18n.language)
    const amount =
      bytesTotal === null ? size(bytes) : t('work.bytes', { done: size(bytes), total: size(bytesTotal) })
    return bytes === 0 && !bytesTotal ? count : `${count}, ${amount}`
  }
}

/** In percent; by bytes where they are known, for one film outweighs a thousand contacts. Never whole while it goes on. */
function shareOf({ items, itemsTotal, bytes, bytesTotal }: NonNullable<Work['progress']>): number {
  const share = bytesTotal ? bytes / bytesTotal : itemsTotal ? items / itemsTotal : 0
  return Math.min(99, share * 100)
}
