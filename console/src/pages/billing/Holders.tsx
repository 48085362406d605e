import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { refusalOf } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { Empty, RefusalNotice } from '../../ui/Notice'
import { HoldersOfInvoiceDocument, HoldersOfMonthDocument, type HoldersFragment } from './bill.generated'

/** A month as the ledger tells it now, or as an invoice stores it. */
export type Source = { month: string } | { invoiceId: string }

type Holder = HoldersFragment['holders']['nodes'][number]

const PAGE = 50

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
  const { t } = useTranslation('billing')
  const format = useFormats()
  const [after, setAfter] = useState<string | null>(null)
  const { peak, error, fetching } = useHolders(source, after)
  const columns = useColumns()
  if (error && !peak) return <RefusalNotice refusal={refusalOf(error)} />
  const holders = peak?.holders
  return (
    <>
      {peak?.reachedAt && (
        <p className="soft">
          {t('holders.lead', { count: peak.seats, at: format.exactInstant(peak.reachedAt, timeZone) })}
        </p>
      )}
      <DataTable
        label={t('holders.title')}
        columns={columns}
        items={holders?.nodes ?? []}
        isLoading={fetching}
        height={480}
        onLoadMore={() => {
          if (holders?.pageInfo.hasNextPage) setAfter(holders.pageInfo.endCursor)
        }}
        empty={<Empty title={t('peak.none')} />}
      />
    </>
  )
}

function useHolders(source: Source, after: string | null) {
  const { slug } = useOrganization()
  const withEmail = useMay()('MEMBER_MANAGE')
  const isMonth = 'month' in source
  const [ofMonth] = useQuery({
    query: HoldersOfMonthDocument,
    variables: { slug, month: isMonth ? source.month : '', first: PAGE, after, withEmail },
    pause: !isMonth,
  })
  const [ofInvoice] = useQuery({
    query: HoldersOfInvoiceDocument,
    variables: { invoiceId: isMonth ? '' : source.invoiceId, first: PAGE, after, withEmail },
    pause: isMonth,
  })
  const node = ofInvoice.data?.node
  const stored = node?.__typename === 'Invoice' ? node.peak : undefined
  const { error, fetching } = isMonth ? ofMonth : ofInvoice
  return { peak: isMonth ? ofMonth.data?.organization?.invoicePreview?.peak : stored, error, fetching }
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
