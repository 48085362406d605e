import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { type PagesInSight, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import type { TableColumn } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { Empty } from '../../ui/Notice'
import {
  type HoldersFragment,
  HoldersOfInvoiceDocument,
  type HoldersOfInvoiceQuery,
  HoldersOfMonthDocument,
  type HoldersOfMonthQuery,
} from './bill.generated'

/** A month as the ledger tells it now, or as an invoice stores it. */
export type Source = { month: string } | { invoiceId: string }

type Holder = HoldersFragment['holders']['nodes'][number]

type HoldersDialogProps = { source: Source; isOpen: boolean; onClose: () => void; timeZone: string }

/** Everybody who held a seat at the peak. */
export function HoldersDialog({ source, isOpen, onClose, timeZone }: HoldersDialogProps) {
  const { t } = useTranslation('billing')
  return (
    <Dialog title={t('holders.title')} isOpen={isOpen} onClose={onClose} isWide>
      <HoldersList source={source} timeZone={timeZone} />
    </Dialog>
  )
}

function HoldersList({ source, timeZone }: { source: Source; timeZone: string }) {
  return 'month' in source ? (
    <OfMonth month={source.month} timeZone={timeZone} />
  ) : (
    <OfInvoice invoiceId={source.invoiceId} timeZone={timeZone} />
  )
}

function OfMonth({ month, timeZone }: { month: string; timeZone: string }) {
  const { slug } = useOrganization()
  const withEmail = useMay()('MEMBER_MANAGE')
  const peakOf = (data: HoldersOfMonthQuery) => data.organization?.invoicePreview?.peak
  const list = usePages(
    'holders of a month',
    HoldersOfMonthDocument,
    { slug, month, withEmail },
    (data) => peakOf(data)?.holders,
  )
  return <HoldersTable list={list} peak={list.data && peakOf(list.data)} timeZone={timeZone} />
}

function OfInvoice({ invoiceId, timeZone }: { invoiceId: string; timeZone: string }) {
  const withEmail = useMay()('MEMBER_MANAGE')
  const peakOf = ({ node }: HoldersOfInvoiceQuery) => (node?.__typename === 'Invoice' ? node.peak : null)
  const list = usePages(
    'holders of an invoice',
    HoldersOfInvoiceDocument,
    { invoiceId, withEmail },
    (data) => peakOf(data)?.holders,
  )
  return <HoldersTable list={list} peak={list.data && peakOf(list.data)} timeZone={timeZone} />
}

type HoldersTableProps = {
  list: PagesInSight<Holder>
  peak: Pick<HoldersFragment, 'seats' | 'reachedAt'> | null | undefined
  timeZone: string
}

function HoldersTable({ list, peak, timeZone }: HoldersTableProps) {
  const { t } = useTranslation('billing')
  const format = useFormats()
  const columns = useColumns()
  return (
    <>
      {peak?.reachedAt && (
        <p className="soft">
          {t('holders.lead', { count: peak.seats, at: format.exactInstant(peak.reachedAt, timeZone) })}
        </p>
      )}
      <ListTable
        list={list}
        label={t('holders.title')}
        columns={columns}
        height={480}
        empty={<Empty title={t('peak.none')} />}
      />
    </>
  )
}

function useColumns(): TableColumn<Holder>[] {
  const { t } = useTranslation('billing')
  const { slug } = useOrganization()
  const withEmail = useMay()('MEMBER_MANAGE')
  const email = { id: 'email', name: t('holders.email'), minWidth: 180, cell: (one: Holder) => one.email ?? '—' }
  return [
    {
      id: 'name',
      name: t('holders.name'),
      isRowHeader: true,
      minWidth: 180,
      cell: (one) => <Link to={`/o/${slug}/people/${encodeURIComponent(one.id)}`}>{one.name}</Link>,
    },
    ...(withEmail ? [email] : []),
    { id: 'department', name: t('holders.department'), cell: (one) => one.department?.name ?? '—' },
  ]
}
