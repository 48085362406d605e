import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/Button'
import { Notice } from '../../ui/Notice'
import type { ImpactFragment } from './impact.generated'
import { signOf } from './money'

type AdviceProps = { impact: ImpactFragment; headroom: number; onReplace: (() => void) | undefined }

/** How the same people are seated without raising the bill: what ends in a change ends before anything begins. */
export function Advice({ impact, headroom, onReplace }: AdviceProps) {
  const { t } = useTranslation('impact')
  const more = impact.seatsAfter - impact.seatsBefore - headroom
  if (!onReplace || more <= 0 || signOf(impact.ifNothingChangesDifference) <= 0) return null
  return (
    <Notice title={t('advice.title')} actions={<Button onPress={onReplace}>{t('advice.choose')}</Button>}>
      {t('advice.words', { count: more })}
    </Notice>
  )
}
