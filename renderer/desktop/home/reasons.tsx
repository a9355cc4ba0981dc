/** Why it is not all well, each with the one thing to do about it. */
import { Alert, Button, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Input } from '../../../preload/contract.ts'
import type { Reason, ReasonCode, Safety } from '../../../preload/safety.ts'
import { useAction } from '../engine/use-call.ts'
import { TroubleNote } from '../parts/trouble-note.tsx'
import { useMoment } from '../words/use-moment.ts'

type RemedyMethod = 'backup.run' | 'verify' | 'schedule.set' | 'repair'

interface Remedy<M extends RemedyMethod> {
  method: M
  input: Input<M>
  label: 'backUp' | 'check' | 'switchOn' | 'repair'
}

const BACK_UP: Remedy<'backup.run'> = { method: 'backup.run', input: {}, label: 'backUp' }
const CHECK: Remedy<'verify'> = { method: 'verify', input: { readData: true }, label: 'check' }

/** What can be done from here; for the others something has to be done on the phone first. */
const REMEDIES: Partial<Record<ReasonCode, Remedy<RemedyMethod>>> = {
  'no-backup': BACK_UP,
  overdue: BACK_UP,
  'never-checked': CHECK,
  'check-old': CHECK,
  'automatic-off': { method: 'schedule.set', input: { plan: { every: 'hour' } }, label: 'switchOn' },
  damaged: { method: 'repair', input: {}, label: 'repair' },
}

export function Reasons({ safety: { reasons } }: { safety: Safety }) {
  const { t } = useTranslation()
  if (reasons.length === 0) return null
  return (
    <Stack gap="xs" component="section" aria-label={t('home.reasons')}>
      <Title order={2} size="h4">
        {t('home.reasons')}
      </Title>
      {reasons.map((reason) => (
        <ReasonNote key={`${reason.code} ${reason.phone} ${reason.kind}`} reason={reason} />
      ))}
    </Stack>
  )
}

function ReasonNote({ reason }: { reason: Reason }) {
  const { t } = useTranslation()
  const say = useMoment()
  const { code, state, phone, kind, since, items } = reason
  const remedy = REMEDIES[code]
  const about = {
    phone: phone ?? '',
    count: items ?? 0,
    kind: kind === null ? '' : t(`kindNames.${kind}`),
    time: since === null ? '' : say(since),
  }
  return (
    <Alert color={state === 'danger' ? 'red' : 'yellow'} variant="light" role="group">
      <Stack gap="xs" align="flex-start">
        <Text>{t(`reasons.${code}`, about)}</Text>
        {remedy && <RemedyButton remedy={remedy} />}
      </Stack>
    </Alert>
  )
}

function RemedyButton<M extends RemedyMethod>({ remedy: { method, input, label } }: { remedy: Remedy<M> }) {
  const { t } = useTranslation()
  const { run, isRunning, trouble } = useAction(method)
  return (
    <>
      <Button variant="default" size="xs" loading={isRunning} onClick={() => run(input)}>
        {t(`actions.${label}`)}
      </Button>
      {trouble && <TroubleNote trouble={trouble} />}
    </>
  )
}
