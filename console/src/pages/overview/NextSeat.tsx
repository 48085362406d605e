import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import { Card, Figure, Figures } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import type { OverviewPreviewFragment } from './overview.generated'

type NextSeatProps = { preview: OverviewPreviewFragment; freeThreshold: number }

/** What one more seat costs, and where it would begin to cost much more. */
export function NextSeat({ preview, freeThreshold }: NextSeatProps) {
  const { t } = useTranslation('overview')
  const format = useFormats()
  const { cliff, headroom } = preview
  return (
    <Card title={t('nextSeat.title')}>
      <Figures>
        <Figure
          label={t('nextSeat.costs')}
          value={format.money(preview.nextSeatPrice)}
          note={t('nextSeat.month', { month: format.month(preview.month) })}
        />
        <Figure label={t('nextSeat.headroom')} value={format.number(headroom)} note={t('nextSeat.headroomNote')} />
      </Figures>
      {cliff && (
        <Notice tone={cliff.seats <= 2 ? 'warn' : 'info'} title={t('cliff.title', { count: freeThreshold })}>
          {t('cliff.words', {
            count: cliff.seats,
            amount: format.money(cliff.amount),
            month: format.month(cliff.month),
          })}
        </Notice>
      )}
    </Card>
  )
}
