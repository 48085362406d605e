import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Download } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Empty, Notice } from '../../ui/Notice'
import { Toolbar } from '../../ui/Page'
import { StatementsDocument, type StatementsQuery } from './invoices.generated'
import { OUTCOME_TONES } from './states'

type Row = NonNullable<NonNullable<StatementsQuery['organization']>['statements']>['nodes'][number]

/** How every month ended: billed, free, within the trial, or waiting for a person. */
export function Statements() {
  const { t } = useTranslation('invoices')
  const { slug } = useOrganization()
  const statements = usePages('statements', StatementsDocument, { slug }, ({ organization }) =>
    backward(organization?.statements),
  )
  const columns = useColumns()
  const csv = statements.data?.organization?.billing?.statementsCsvUrl
  return (
    <>
      <Parked rows={statements.nodes} />
      {csv !== undefined && (
        <Toolbar>
          <div>
            <Download href={csv}>{t('csv')}</Download>
          </div>
        </Toolbar>
      )}
      <ListTable
        list={statements}
        label={t('views.months')}
        columns={columns}
        empty={<Empty title={t('noMonths')}>{t('noMonthsHint')}</Empty>}
      />
    </>
  )
}

/** Months that could not be billed, and why. */
function Parked({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const parked = rows.filter((one) => one.outcome === 'PARKED')
  if (parked.length === 0) return null
  return (
    <Notice tone="warn" title={t('parkedTitle')}>
      {t('parkedWords')}
      {parked.map((one) => (
        <p key={one.id}>
          {format.month(one.month)}: {one.parkedReason}
        </p>
      ))}
    </Notice>
  )
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const { slug, timeZone, currency } = useOrganization()
  return [
    {
      id: 'month',
      name: t('month'),
      isRowHeader: true,
      width: 140,
      cell: (one) => <Link to={`/o/${slug}/month?month=${one.month}`}>{format.month(one.month)}</Link>,
    },
    {
      id: 'outcome',
      name: t('outcomeLabel'),
      width: 140,
      cell: (one) => <Badge tone={OUTCOME_TONES[one.outcome]}>{t(`outcome.${one.outcome}`)}</Badge>,
    },
    {
      id: 'why',
      name: t('why'),
      minWidth: 180,
      cell: (one) => t(`because.${one.outcome}`),
    },
    {
      id: 'peak',
      name: t('peak'),
      width: 90,
      isNumber: true,
      cell: (one) => (one.peak ? format.number(one.peak.seats) : '—'),
    },
    {
      id: 'total',
      name: t('total'),
      width: 130,
      isNumber: true,
      cell: (one) => (one.outcome === 'PARKED' ? '—' : format.money(one.invoice?.total ?? { amount: '0', currency })),
    },
    {
      id: 'invoice',
      name: t('invoice'),
      width: 130,
      cell: (one) =>
        one.invoice ? (
          <Link to={`/o/${slug}/invoices/${encodeURIComponent(one.invoice.id)}`}>{one.invoice.number}</Link>
        ) : (
          '—'
        ),
    },
    { id: 'closed', name: t('closedAt'), width: 180, cell: (one) => format.instant(one.closedAt, timeZone) },
  ]
}
