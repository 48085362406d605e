import { useTranslation } from 'react-i18next'
import { Navigate } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { Loading } from '../../shell/Loading'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { ButtonLink } from '../../ui/Button'
import { Cards } from '../../ui/Card'
import { Page } from '../../ui/Page'
import { Activate } from './Activate'
import { Distances } from './Distances'
import { Month } from './Month'
import { NextSeat } from './NextSeat'
import { OverviewDocument } from './overview.generated'
import { Seats } from './Seats'
import { Steps } from './Steps'
import { Trial } from './Trial'

/** The state of the organization at a glance: the trial, the seats, what they cost, and what to do next. */
export function Overview() {
  const { t } = useTranslation('overview')
  const { t: common } = useTranslation()
  const may = useMay()
  const { slug, name, state } = useOrganization()
  const canSee = may('SEAT_VIEW')
  const [{ data, error }, again] = useLiveQuery({ query: OverviewDocument, variables: { slug }, pause: !canSee })
  if (!canSee) return <Navigate to={`/o/${slug}/access`} replace />
  if (error && !data) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  const seats = data.organization?.seats
  const preview = data.organization?.invoicePreview
  const isOpen = state !== 'CLOSED'
  return (
    <Page
      title={name}
      lead={<Badge tone={state === 'SUBSCRIBED' ? 'good' : 'warn'}>{common(`state.${state}`)}</Badge>}
      actions={
        may('SEAT_MANAGE') && (
          <ButtonLink look="primary" to={`/o/${slug}/seats/change`}>
            {t('change')}
          </ButtonLink>
        )
      }
    >
      {state === 'NOT_ACTIVATED' && <Activate />}
      {data.organization && <Steps organization={data.organization} />}
      <Cards>
        {preview && <Month preview={preview} />}
        <Trial />
        {seats && <Seats seats={seats} />}
        {isOpen && preview && seats && <NextSeat preview={preview} freeThreshold={seats.freeThreshold} />}
        {isOpen && preview && <Distances preview={preview} />}
      </Cards>
    </Page>
  )
}
