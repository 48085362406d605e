import { useTranslation } from 'react-i18next'

import { Progress } from '../ui/Progress'

export function Loading() {
  const { t } = useTranslation()
  return <Progress label={t('loading')} />
}
