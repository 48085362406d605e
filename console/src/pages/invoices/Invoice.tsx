import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Download } from '../../ui/Button'
import { Card, Figure, Figures } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Bill } from '../billing/Bill'
import pairs from '../billing/Billing.module.css'
import { CostSplit } from '../billing/CostSplit'
import { ForBilling } from '../billing/ForBilling'
import { HoldersDialog } from '../billing/Holders'
import { PeakFacts } from '../billing/PeakFacts'
import { MonthSteps } from '../month/MonthSteps'
import { useTimeline } from '../month/useTimeline'
import { Explanation } from './Explanation'
import { InvoiceDocument, type WholeInvoiceFragment } from './invoice.generated'
import { CreditNotes, Payments } from './Settled'
import { STATE_TONES } from './states'
import { Verification } from './Verification'

/** An invoice, and why it says what it says, down to the moment that it is charged by. */
export function Invoice() {
  // All that is said anywhere on the page, so that none of it is waited for once the page is there.
  const { t } = useTranslation(['invoices', 'billing', 'month'])
  return (
    <ForBilling title={t('title')}>
      <Found />
    </ForBilling>
  )
}

function Found() {
  const { invoiceId = '' } = useParams()
  const { id } = useOrganization()
  const [{ data, error, fetching }, again] = useLiveQuery({ query: InvoiceDocument, variables: { invoiceId } })
  if (data?.node?.__typename === 'Invoice') {
    // One of another organization of the same reader is nothing here.
    return data.node.organization.id === id ? <Shown key={data.node.id} invoice={data.node} /> : <NotFound />
  }
  const isRefused = error?.graphQLErrors.some((one) =>
    ['NOT_FOUND', 'INVALID_INPUT', 'FORBIDDEN'].includes(String(one.extensions.code)),
  )
  if (error && !isRefused && !fetching) return <Unavailable error={error} onRetry={again} />
  return fetching && !data ? <Loading /> : <NotFound />
}

function Shown({ invoice }: { invoice: WholeInvoiceFragment }) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const { slug } = useOrganization()
  const [holders, showHolders] = useSearch('holders')
  const { timeline, timeZone, freeThreshold, limit } = useTimeline(invoice.month)
  const source = { invoiceId: invoice.id }
  const lead = (
    <>
      <Badge tone={STATE_TONES[invoice.state]}>{t(`state.${invoice.state}`)}</Badge>{' '}
      {t('leadOfOne', { month: format.month(invoice.month), at: format.day(invoice.issuedAt, timeZone) })}
    </>
  )
  return (
    <Page title={t('titleOfOne', { number: invoice.number })} lead={lead} actions={<Papers invoice={invoice} />}>
      <Standing invoice={invoice} timeZone={timeZone} />
      <Amounts invoice={invoice} timeZone={timeZone} />
      <div className={pairs.pairs}>
        <Card title={t('lines')}>
          <Bill
            caption={t('lines')}
            lines={invoice.lines}
            discounts={invoice.discounts}
            vat={invoice.vat}
            total={invoice.total}
            subtotal={invoice.subtotal}
          />
        </Card>
        <Card title={t('moment')}>
          <PeakFacts
            peak={invoice.peak}
            timeZone={timeZone}
            onHolders={() => {
              showHolders('1')
            }}
          />
          <Link to={`/o/${slug}/hindsight?month=${invoice.month}`}>{t('idle')}</Link>
        </Card>
        <Explanation invoice={invoice} timeZone={timeZone} freeThreshold={freeThreshold} />
        {timeline && <MonthSteps timeline={timeline} timeZone={timeZone} freeThreshold={freeThreshold} limit={limit} />}
        <CostSplit source={source} total={invoice.total} />
        <Payments invoice={invoice} timeZone={timeZone} />
        <CreditNotes invoice={invoice} timeZone={timeZone} />
        <Verification invoiceId={invoice.id} digest={invoice.digest} evidenceUrl={invoice.evidenceUrl} />
      </div>
      <HoldersDialog
        source={source}
        timeZone={timeZone}
        isOpen={holders !== ''}
        onClose={() => {
          showHolders('')
        }}
      />
    </Page>
  )
}

/** The reader's own language comes first. */
function Papers({ invoice }: { invoice: WholeInvoiceFragment }) {
  const { t, i18n } = useTranslation('invoices')
  const papers = [['EN', invoice.english] as const, ['RU', invoice.russian] as const]
  if (i18n.language === 'ru') papers.reverse()
  return papers.map(([language, href], place) => (
    <Download key={language} href={href} look={place === 0 ? 'primary' : 'plain'}>
      {t(`pdf.${language}`)}
    </Download>
  ))
}

type PartProps = { invoice: WholeInvoiceFragment; timeZone: string }

/** Whether it is to be paid at all, and what stands in its place. */
function Standing({ invoice, timeZone }: PartProps) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const { slug } = useOrganization()
  const { replaces, replacedBy, state } = invoice
  const to = (id: string) => `/o/${slug}/invoices/${encodeURIComponent(id)}`
  return (
    <>
      {state === 'OVERDUE' && (
        <Notice tone="bad" title={t('overdue', { at: format.day(invoice.dueAt, timeZone) })}>
          {t('overdueWords', { amount: format.money(invoice.outstanding), number: invoice.number })}
        </Notice>
      )}
      {state === 'VOID' && <Notice tone="warn" title={t('void')} />}
      {replacedBy && (
        <Notice tone="warn" actions={<Link to={to(replacedBy.id)}>{t('look')}</Link>}>
          {t('replacedBy', { number: replacedBy.number })}
        </Notice>
      )}
      {replaces && (
        <Notice actions={<Link to={to(replaces.id)}>{t('look')}</Link>}>
          {t('replaces', { number: replaces.number })}
        </Notice>
      )}
    </>
  )
}

function Amounts({ invoice, timeZone }: PartProps) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const isCredited = Number(invoice.credited.amount) > 0
  return (
    <Card>
      <Figures>
        <Figure label={t('total')} value={format.money(invoice.total)} />
        {isCredited && <Figure label={t('credited')} value={format.money(invoice.credited)} />}
        <Figure label={t('paid')} value={format.money(invoice.paid)} />
        <Figure
          label={t('outstanding')}
          value={format.money(invoice.outstanding)}
          note={t('due', { at: format.zonedInstant(invoice.dueAt, timeZone) })}
          tone={invoice.state === 'OVERDUE' ? 'bad' : undefined}
        />
      </Figures>
    </Card>
  )
}
