import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Card, Cards, Figure, Figures } from '../../ui/Card'
import { Page } from '../../ui/Page'
import { OverviewDocument } from './overview.generated'

/** The state of the organization at a glance: the trial, the seats, and what they cost. */
export function Overview() {
  const { t } = useTranslation('overview')
  const { t: common } = useTranslation()
  const format = useFormats()
  const { slug, name, state, trial, timeZone } = useOrganization()
  const [{ data, error }, again] = useLiveQuery({ query: OverviewDocument, variables: { slug } })
  if (error && !data) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  const seats = data.organization?.seats
  const preview = data.organization?.invoicePreview
  return (
    <Page title={name} lead={<Badge tone={state === 'SUBSCRIBED' ? 'good' : 'warn'}>{common(`state.${state}`)}</Badge>}>
      <Cards>
        {trial && !trial.isOver && (
          <Card title={t('trial')}>
            <p>{t('trialUntil', { at: format.instant(trial.endsAt, timeZone) })}</p>
          </Card>
        )}
        {seats && (
          <Card title={t('seats')}>
            <Figures>
              <Figure label={t('used')} value={format.number(seats.used)} note={t('ofLimit', { limit: seats.limit })} />
              <Figure label={t('waiting')} value={format.number(seats.waiting)} />
            </Figures>
          </Card>
        )}
        {preview && (
          <Card title={t('month', { month: format.month(preview.month) })}>
            <Figures>
              <Figure
                label={t('peak')}
                value={format.number(preview.peak.seats)}
                note={preview.peak.reachedAt ? format.instant(preview.peak.reachedAt, timeZone) : undefined}
              />
              <Figure label={t('cost')} value={format.money(preview.ifNothingChanges)} />
              <Figure label={t('nextSeat')} value={format.money(preview.nextSeatPrice)} />
            </Figures>
          </Card>
        )}
      </Cards>
    </Page>
  )
}
