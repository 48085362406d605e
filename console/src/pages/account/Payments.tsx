import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Card } from '../../ui/Card'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { PaymentsDocument, type PaymentsQuery } from './account.generated'

type Account = NonNullable<NonNullable<PaymentsQuery['organization']>['billing']>
type Payment = Account['payments']['nodes'][number]

/** What was paid, the latest first, and what each payment settled. */
export function Payments() {
  const { t } = useTranslation('account')
  const { slug } = useOrganization()
  const payments = usePages('payments', PaymentsDocument, { slug }, ({ organization }) =>
    backward(organization?.billing?.payments),
  )
  const columns = useColumns()
  return (
    <Card title={t('payments.title')}>
      <ListTable
        list={payments}
        label={t('payments.title')}
        columns={columns}
        empty={<Empty title={t('payments.none')}>{t('payments.noneHint')}</Empty>}
      />
    </Card>
  )
}

function useColumns(): TableColumn<Payment>[] {
  const { t } = useTranslation('account')
  const format = useFormats()
  const { timeZone } = useOrganization()
  return [
    {
      id: 'reference',
      name: t('payments.reference'),
      isRowHeader: true,
      minWidth: 180,
      cell: (one) => one.externalReference,
    },
    { id: 'received', name: t('payments.received'), width: 180, cell: (one) => format.day(one.receivedAt, timeZone) },
    { id: 'amount', name: t('payments.amount'), width: 150, isNumber: true, cell: (one) => format.money(one.amount) },
    { id: 'settled', name: t('payments.settled'), minWidth: 240, cell: (one) => <Settled payment={one} /> },
  ]
}

function Settled({ payment: { reversal, settled, settledCount } }: { payment: Payment }) {
  const { t } = useTranslation('account')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  if (reversal) {
    return (
      <>
        <Badge tone="bad">{t('payments.reversed', { at: format.day(reversal.reversedAt, timeZone) })}</Badge>
        {reversal.reason}
      </>
    )
  }
  if (settledCount === 0) return <span className="soft">{t('payments.nothing')}</span>
  return (
    <>
      {settled.map(({ invoice }) => (
        <Link key={invoice.id} to={`/o/${slug}/invoices/${encodeURIComponent(invoice.id)}`}>
          {invoice.number}
        </Link>
      ))}
      {settledCount > settled.length && <span>{t('payments.more', { count: settledCount - settled.length })}</span>}
    </>
  )
}
