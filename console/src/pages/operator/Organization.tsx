import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import { useLiveQuery, useOrganizationEvents } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { useSession } from '../../session/Session'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { ButtonLink } from '../../ui/Button'
import { Card, Cards, Facts, Figure, Figures } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Views } from '../../ui/Views'
import { Audit } from './Audit'
import { Deletion } from './Deletion'
import { Invoices } from './Invoices'
import { OperatorOrganizationDocument, type OperatorOrganizationQuery } from './organization.generated'
import { STATE_TONES } from './states'
import { Payments } from './Payments'
import { Terms } from './Terms'
import { TrialCard } from './TrialCard'

const VIEWS = ['facts', 'invoices', 'payments', 'terms', 'deletion', 'audit'] as const

export type OperatedOrganization = NonNullable<OperatorOrganizationQuery['organization']>

/** One organization, with all that only operators do to it. */
export function Organization() {
  const { slug = '' } = useParams()
  const [{ data, error, fetching }, again] = useLiveQuery({ query: OperatorOrganizationDocument, variables: { slug } })
  const organization = data?.organization
  if (organization) return <Within organization={organization} />
  if (error && !fetching && !error.graphQLErrors.some((one) => one.extensions.code === 'NOT_FOUND')) {
    return <Unavailable error={error} onRetry={again} />
  }
  return fetching && !data ? <Loading /> : <NotFound />
}

function Within({ organization }: { organization: OperatedOrganization }) {
  const { t } = useTranslation('operator')
  const { t: common } = useTranslation()
  const { bump } = useSession()
  useOrganizationEvents(organization.id, bump)
  const [view] = useSearch('view', 'facts')
  if (!VIEWS.some((one) => one === view)) return <NotFound />
  return (
    <Page
      title={organization.name}
      lead={
        <>
          {organization.slug}{' '}
          <Badge tone={STATE_TONES[organization.state]}>{common(`state.${organization.state}`)}</Badge>{' '}
          {organization.suspended && <Badge tone="bad">{t('organizations.isSuspended')}</Badge>}
        </>
      }
      actions={<ButtonLink to={`/o/${organization.slug}`}>{t('organization.ownPages')}</ButtonLink>}
    >
      <Views
        label={t('organization.views')}
        name="view"
        views={VIEWS.map((id) => ({ id, label: t(`organization.view.${id}`) }))}
      />
      {view === 'facts' && <Overview organization={organization} />}
      {view === 'invoices' && <Invoices organization={organization} />}
      {view === 'payments' && <Payments organization={organization} />}
      {view === 'terms' && <Terms organization={organization} />}
      {view === 'deletion' && <Deletion organization={organization} />}
      {view === 'audit' && <Audit organization={organization} />}
    </Page>
  )
}

function Overview({ organization }: { organization: OperatedOrganization }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { timeZone, billing, seats, testClock } = organization
  const instant = (at: string | null | undefined) => (at ? format.instant(at, timeZone) : '—')
  return (
    <Cards>
      {organization.legalHold !== null && (
        <Card isWide>
          <Notice tone="warn" title={t('deletion.held')}>
            {organization.legalHold}
          </Notice>
        </Card>
      )}
      <Card title={t('organization.figures')} isWide>
        <Figures>
          <Figure label={t('organization.used')} value={seats ? format.number(seats.used) : '—'} />
          <Figure label={t('organization.limit')} value={seats ? format.number(seats.limit) : '—'} />
          <Figure label={t('organization.waiting')} value={seats ? format.number(seats.waiting) : '—'} />
          <Figure label={t('organization.balance')} value={billing ? format.money(billing.balance) : '—'} />
          <Figure label={t('organization.overdue')} value={billing ? format.money(billing.overdue) : '—'} />
        </Figures>
      </Card>
      <Card title={t('organization.head')}>
        <Facts
          facts={[
            [t('organizations.slug'), organization.slug],
            [t('organizations.currency'), organization.currency],
            [t('organizations.timeZone'), timeZone],
            [t('organizations.created'), instant(organization.createdAt)],
            [t('organization.closedAt'), instant(organization.closedAt)],
            [t('organization.purgeAt'), instant(organization.purgeAt)],
            [t('organization.payer'), billing?.profile?.legalName ?? t('organization.noPayer')],
            [t('organization.nextCharge'), instant(billing?.nextChargeAt)],
            [
              t('organizations.clock'),
              testClock ? (
                <ButtonLink key="clock" look="quiet" to={`/operator/clocks?clock=${encodeURIComponent(testClock.id)}`}>
                  {instant(testClock.now)}
                </ButtonLink>
              ) : (
                t('organizations.inReal')
              ),
            ],
          ]}
        />
      </Card>
      <TrialCard organization={organization} />
    </Cards>
  )
}
