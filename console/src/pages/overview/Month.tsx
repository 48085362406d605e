import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { addMonths, useFormats } from '../../i18n/format'
import { useOrganization } from '../../shell/OrganizationShell'
import { Card, Figure, Figures } from '../../ui/Card'
import type { OverviewPreviewFragment } from './overview.generated'

/** The month so far and to its end, and the one after. */
export function Month({ preview }: { preview: OverviewPreviewFragment }) {
  const { t } = useTranslation('overview')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  const { peak, month } = preview
  const next = format.month(addMonths(month, 1))
  return (
    <Card
      isWide
      title={t('month.title', { month: format.month(month) })}
      actions={<Link to={`/o/${slug}/month?month=${month}`}>{t('month.steps')}</Link>}
    >
      <Figures>
        <Figure
          label={t('month.peak')}
          value={format.number(peak.seats)}
          note={peak.reachedAt !== null ? format.instant(peak.reachedAt, timeZone) : undefined}
        />
        <Figure label={t('month.soFar')} value={format.money(preview.total)} />
        <Figure
          label={t('month.ifNothing')}
          value={format.money(preview.ifNothingChanges)}
          note={t('month.ends', { at: format.zonedInstant(preview.periodEnd, timeZone) })}
        />
        <Figure label={t('month.next')} value={format.money(preview.nextMonth)} note={next} />
      </Figures>
    </Card>
  )
}
