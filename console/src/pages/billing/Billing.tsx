import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { addMonths, useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Card, Figure, Figures } from '../../ui/Card'
import { Empty, Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Bill } from './Bill'
import styles from './Billing.module.css'
import { BillingDocument, type BillingQuery } from './billing.generated'
import { Calculator } from './Calculator'
import { CostSplit } from './CostSplit'
import { ForBilling } from './ForBilling'
import { HoldersDialog } from './Holders'
import { PeakFacts } from './PeakFacts'
import { Room } from './Room'

export type Preview = NonNullable<NonNullable<BillingQuery['organization']>['invoicePreview']>

/** What the running month costs so far, and why. */
export function Billing() {
  const { t } = useTranslation('billing')
  return (
    <ForBilling title={t('title')}>
      <ThisMonth />
    </ForBilling>
  )
}

function ThisMonth() {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { slug } = useOrganization()
  const [{ data, error }, again] = useLiveQuery({ query: BillingDocument, variables: { slug } })
  const [holders, showHolders] = useSearch('holders')
  if (error && !data?.organization?.invoicePreview) return <Unavailable error={error} onRetry={again} />
  if (!data) return <Loading />
  const preview = data.organization?.invoicePreview
  if (!preview) {
    return (
      <Page title={t('title')}>
        <Empty title={t('gone')} />
      </Page>
    )
  }
  const { month, timeZone } = preview
  const lead = t('lead', {
    month: format.month(month),
    from: format.instant(preview.periodStart, timeZone),
    to: format.instant(preview.periodEnd, timeZone),
    zone: timeZone,
  })
  return (
    <Page
      title={t('title')}
      lead={lead}
      actions={<Link to={`/o/${slug}/month?month=${month}`}>{t('peak.chart')}</Link>}
    >
      <Amounts preview={preview} />
      <TrialNotice />
      <div className={styles.pairs}>
        <Card title={t('bill.title')}>
          <Bill
            caption={t('bill.title')}
            lines={preview.lines}
            discounts={preview.discounts}
            vat={preview.vat}
            total={preview.total}
            subtotal={preview.subtotal}
          />
        </Card>
        <Card title={t('peak.title')}>
          <PeakFacts
            peak={preview.peak}
            timeZone={timeZone}
            month={month}
            onHolders={() => {
              showHolders('1')
            }}
          />
        </Card>
        <Room preview={preview} />
        <CostSplit source={{ month }} total={preview.total} />
        <Calculator priceList={preview.priceList} month={month} />
      </div>
      <HoldersDialog
        source={{ month }}
        timeZone={timeZone}
        isOpen={holders !== ''}
        onClose={() => {
          showHolders('')
        }}
      />
    </Page>
  )
}

function Amounts({ preview }: { preview: Preview }) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const next = format.month(addMonths(preview.month, 1))
  const seatsNote = preview.inGrace > 0 ? t('figures.inGrace', { count: preview.inGrace }) : undefined
  return (
    <Card>
      <Figures>
        <Figure
          label={t('figures.soFar')}
          value={format.money(preview.total)}
          note={t('figures.atPeak', { count: preview.peak.seats })}
        />
        <Figure label={t('figures.ifNothing')} value={format.money(preview.ifNothingChanges)} />
        <Figure label={t('figures.next', { month: next })} value={format.money(preview.nextMonth)} />
        <Figure label={t('figures.now')} value={format.number(preview.seatsNow)} note={seatsNote} />
      </Figures>
    </Card>
  )
}

function TrialNotice() {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const { trial, timeZone } = useOrganization()
  if (!trial || trial.isOver) return null
  return <Notice>{t('inTrial', { at: format.zonedInstant(trial.endsAt, timeZone) })}</Notice>
}
