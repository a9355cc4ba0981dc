/** "Am I safe?" at a glance: one sentence, what it rests on for each kind of data, and what to do. */
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Safety } from '../../../preload/safety.ts'
import { useAction } from '../engine/use-call.ts'
import { StateSign } from '../parts/state-sign.tsx'
import { TroubleNote } from '../parts/trouble-note.tsx'
import { useMoment } from '../words/use-moment.ts'
import { Reasons } from './reasons.tsx'
import { useSafety } from './use-safety.ts'
import { WorkList } from './work-list.tsx'

export function Home() {
  const { t } = useTranslation()
  const { data: safety, trouble, reload } = useSafety()
  const backUp = useAction('backup.run')
  return (
    <Stack gap="lg" maw={960}>
      {safety && <Verdict safety={safety} />}
      {!safety && <Title order={1}>{t('home.title')}</Title>}
      {trouble && <TroubleNote trouble={trouble} onRetry={reload} />}
      <WorkList />
      {safety && <Reasons safety={safety} />}
      {safety?.phones.map((phone) => (
        <Phone key={phone.id} phone={phone} />
      ))}
      {safety && safety.state !== 'empty' && !isOffered(safety) && (
        <Group>
          <Button onClick={() => backUp.run({})} loading={backUp.isRunning}>
            {t('home.backUp')}
          </Button>
        </Group>
      )}
      {backUp.trouble && <TroubleNote trouble={backUp.trouble} />}
    </Stack>
  )
}

/** Whether a reason has the button already. */
function isOffered({ reasons }: Safety): boolean {
  return reasons.some(({ code }) => code === 'no-backup' || code === 'overdue')
}

function Verdict({ safety }: { safety: Safety }) {
  const { t, i18n } = useTranslation()
  const say = useMoment()
  const { state, safeAt, checkedAt, dueAt, phones } = safety
  const names = new Intl.ListFormat(i18n.language).format(phones.map(({ name }) => name))
  const sentence =
    state === 'safe' && safeAt !== null
      ? t('home.safe', { phones: names, time: say(safeAt) })
      : t(`home.${state === 'safe' ? 'attention' : state}`)
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <StateSign state={state} size={56} />
      <Stack gap={4}>
        <Title order={1} size="h2">
          {sentence}
        </Title>
        {checkedAt !== null && <Text>{t('home.checked', { time: say(checkedAt) })}</Text>}
        {dueAt !== null && dueAt > safety.at && (
          <Text c="dimmed">{t('home.next', { time: say(dueAt) })}</Text>
        )}
      </Stack>
    </Group>
  )
}

function Phone({ phone }: { phone: Safety['phones'][number] }) {
  return (
    <Stack gap="xs" component="section" aria-labelledby={`phone-${phone.id}`}>
      <Title order={2} size="h4" id={`phone-${phone.id}`}>
        {phone.name}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {phone.kinds.map((kind) => (
          <Kind key={kind.kind} kind={kind} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}

function Kind({
  kind: { kind, state, here, newer, safeAt },
}: {
  kind: Safety['phones'][number]['kinds'][number]
}) {
  const { t } = useTranslation()
  const say = useMoment()
  const stand = safeAt === null ? t('home.unsafe') : t('home.safeAt', { time: say(safeAt) })
  return (
    <Card withBorder padding="md">
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text fw={600}>{t(`kindNames.${kind}`)}</Text>
        <StateSign state={state} size={22} />
      </Group>
      {state === 'empty' ? (
        <Text c="dimmed">{t('home.nothing')}</Text>
      ) : (
        <>
          <Text size="lg">{t(`kinds.${kind}`, { count: here })}</Text>
          <Text size="sm">{stand}</Text>
          {newer > 0 && safeAt !== null && <Text size="sm">{t('home.newer', { count: newer })}</Text>}
        </>
      )}
    </Card>
  )
}
