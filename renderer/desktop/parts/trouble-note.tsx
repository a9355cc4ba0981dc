/** What went wrong, in the engine's words, and what to do next. */
import { Alert, Button, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Trouble } from '../engine/engine.tsx'

export function TroubleNote({ trouble, onRetry }: { trouble: Trouble; onRetry?: () => void }) {
  const { t } = useTranslation()
  return (
    <Alert color="red" variant="light" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text fw={600}>{trouble.message}</Text>
        <Text>{trouble.next}</Text>
        {onRetry && (
          <Button variant="default" size="xs" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
