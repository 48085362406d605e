import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Card, Cards, Figure, Figures } from '../../ui/Card'
import { MonthPicker } from '../../ui/MonthPicker'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { ForBilling } from '../billing/ForBilling'
import { HoldersDialog } from '../billing/Holders'
import { PeakFacts } from '../billing/PeakFacts'
import { MonthSteps } from './MonthSteps'
import { useChosenMonth, useMonths } from './useMonths'
import { useTimeline } from './useTimeline'

/** Who held how many seats when, and the moment that the month is charged by. */
export function Month() {
  const { t } = useTranslation(['month', 'billing'])
  return (
    <ForBilling title={t('title')}>
      <OneMonth />
    </ForBilling>
  )
}

function OneMonth() {
  const { t } = useTranslation('month')
  const months = useMonths()
  const [month, go] = useChosenMonth(months)
  return (
    <Page title={t('title')} lead={t('lead')}>
      <MonthPicker label={t('month')} months={months} value={month} onChange={go} />
      <Told key={month} month={month} />
    </Page>
  )
}

function Told({ month }: { month: string }) {
  const { t } = useTranslation('month')
  const format = useFormats()
  const { slug } = useOrganization()
  const { timeline, error, again, isThere, timeZone, total, invoice, ...levels } = useTimeline(month)
  const [holders, showHolders] = useSearch('holders')
  if (error && !timeline) {
    const isNone = error.graphQLErrors.some((one) =>
      ['NOT_FOUND', 'INVALID_INPUT'].includes(String(one.extensions.code)),
    )
    return isNone ? <Empty title={t('none')}>{t('noneHint')}</Empty> : <Unavailable error={error} onRetry={again} />
  }
  if (!timeline) return isThere ? <Empty title={t('none')}>{t('noneHint')}</Empty> : <Loading />
  return (
    <Cards>
      <MonthSteps timeline={timeline} timeZone={timeZone} freeThreshold={levels.freeThreshold} limit={levels.limit} />
      <Card title={t('peak')}>
        <PeakFacts
          peak={timeline.peak}
          timeZone={timeZone}
          onHolders={() => {
            showHolders('1')
          }}
        />
      </Card>
      <Card title={t('costs')}>
        <Figures>{total && <Figure label={format.month(month)} value={format.money(total)} />}</Figures>
        <p className="soft">
          {t('period', {
            from: format.instant(timeline.periodStart, timeZone),
            to: format.instant(timeline.periodEnd, timeZone),
            zone: timeZone,
          })}
        </p>
        {invoice ? (
          <Link to={`/o/${slug}/invoices/${encodeURIComponent(invoice.id)}`}>
            {t('invoice', { number: invoice.number })}
          </Link>
        ) : (
          <p className="soft">{t('noInvoice')}</p>
        )}
      </Card>
      <HoldersDialog
        source={{ month }}
        timeZone={timeZone}
        isOpen={holders !== ''}
        onClose={() => {
          showHolders('')
        }}
      />
    </Cards>
  )
}
