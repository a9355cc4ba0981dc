/** Says times in the window's language. */
import { useTranslation } from 'react-i18next'
import { sayMoment } from './moment.ts'

export function useMoment(): (time: number) => string {
  const { i18n } = useTranslation()
  return (time) => sayMoment(time, i18n.language, Date.now())
}
