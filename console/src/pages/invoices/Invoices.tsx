import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { InvoiceFilter, InvoiceState } from '../../graphql/generated/schema'
import { backward, usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Download } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Select } from '../../ui/Field'
import { Filters } from '../../ui/Filters'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { Views } from '../../ui/Views'
import { ForBilling } from '../billing/ForBilling'
import { useMonths } from '../month/useMonths'
import { InvoicesDocument, type InvoicesQuery } from './invoices.generated'
import { Statements } from './Statements'
import { STATE_TONES, STATES } from './states'

type Row = NonNullable<NonNullable<InvoicesQuery['organization']>['invoices']>['nodes'][number]

/** What was billed, the latest first; and how every month ended, also those that nothing was billed for. */
export function Invoices() {
  const { t } = useTranslation(['invoices', 'billing'])
  const [view] = useSearch('view', 'invoices')
  const views = (['invoices', 'months'] as const).map((id) => ({ id, label: t(`views.${id}`) }))
  return (
    <ForBilling title={t('title')}>
      <Page title={t('title')} lead={t('lead')}>
        <Views label={t('views.label')} name="view" views={views} />
        {view === 'months' ? <Statements /> : <InvoiceList />}
      </Page>
    </ForBilling>
  )
}

function InvoiceList() {
  const { t } = useTranslation('invoices')
  const { slug } = useOrganization()
  const { filter, inputs } = useFilter()
  const invoices = usePages('invoices', InvoicesDocument, { slug, filter }, ({ organization }) =>
    backward(organization?.invoices),
  )
  const columns = useColumns()
  const csv = invoices.data?.organization?.billing?.invoicesCsvUrl
  return (
    <>
      <Toolbar>
        <Filters set={Object.keys(filter).length}>{inputs}</Filters>
        {csv !== undefined && (
          <div>
            <Download href={csv}>{t('csv')}</Download>
          </div>
        )}
      </Toolbar>
      <ListTable
        list={invoices}
        label={t('title')}
        columns={columns}
        empty={<Empty title={t('empty')}>{t(Object.keys(filter).length === 0 ? 'noneYet' : 'emptyHint')}</Empty>}
      />
    </>
  )
}

/** Only some invoices, by the address. */
function useFilter() {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const months = useMonths()
  const [state, setState] = useSearch('state', 'any')
  const [from, setFrom] = useSearch('from', 'any')
  const [to, setTo] = useSearch('to', 'any')
  const filter = useMemo<InvoiceFilter>(
    () => ({
      ...(state === 'any' ? {} : { states: [state as InvoiceState] }),
      ...(from === 'any' ? {} : { fromMonth: from }),
      ...(to === 'any' ? {} : { toMonth: to }),
    }),
    [state, from, to],
  )
  const anyMonth = [{ id: 'any', label: t('anyMonth') }, ...months.map((id) => ({ id, label: format.month(id) }))]
  const states = [
    { id: 'any', label: t('anyState') },
    ...STATES.map((id) => ({ id: id as string, label: t(`state.${id}`) })),
  ]
  const inputs = (
    <>
      <Select label={t('stateLabel')} value={state} onChange={setState} choices={states} />
      <Select label={t('fromMonth')} value={from} onChange={setFrom} choices={anyMonth} />
      <Select label={t('toMonth')} value={to} onChange={setTo} choices={anyMonth} />
    </>
  )
  return { filter, inputs }
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('invoices')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  return [
    {
      id: 'number',
      name: t('number'),
      isRowHeader: true,
      width: 140,
      cell: (one) => <Link to={`/o/${slug}/invoices/${encodeURIComponent(one.id)}`}>{one.number}</Link>,
    },
    { id: 'month', name: t('month'), minWidth: 140, cell: (one) => format.month(one.month) },
    { id: 'seats', name: t('peak'), width: 100, isNumber: true, cell: (one) => format.number(one.peak.seats) },
    { id: 'total', name: t('total'), minWidth: 120, isNumber: true, cell: (one) => format.money(one.total) },
    {
      id: 'outstanding',
      name: t('outstanding'),
      minWidth: 120,
      isNumber: true,
      cell: (one) => format.money(one.outstanding),
    },
    {
      id: 'state',
      name: t('stateLabel'),
      width: 130,
      cell: (one) => <Badge tone={STATE_TONES[one.state]}>{t(`state.${one.state}`)}</Badge>,
    },
    { id: 'due', name: t('dueAt'), minWidth: 160, cell: (one) => format.day(one.dueAt, timeZone) },
  ]
}
