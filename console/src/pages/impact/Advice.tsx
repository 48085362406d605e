import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { Button } from '../../ui/Button'
import { Notice } from '../../ui/Notice'
import styles from './Impact.module.css'
import type { ImpactFragment } from './impact.generated'
import { signOf } from './money'

/** How seats are taken away in the same change: by somebody's choice, or as is suggested for so many. */
export type Replace = { onChoose: () => void; suggest?: (count: number) => ReactNode }

type AdviceProps = { impact: ImpactFragment; headroom: number; replace: Replace | undefined }

/**
 * How the same people are seated without raising the bill: what ends in a change ends before anything begins. Nothing
 * where more would have to leave than have a seat.
 */
export function Advice({ impact, headroom, replace }: AdviceProps) {
  const { t } = useTranslation('impact')
  const more = impact.seatsAfter - impact.seatsBefore - headroom
  if (!replace || more <= 0 || more > impact.seatsBefore) return null
  if (signOf(impact.ifNothingChangesDifference) <= 0) return null
  return (
    <Notice title={t('advice.title')}>
      <div className={styles.advice}>
        <p>{t('advice.words', { count: more })}</p>
        {replace.suggest?.(more)}
        <Button onPress={replace.onChoose}>{t('advice.choose')}</Button>
      </div>
    </Notice>
  )
}
