import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import type { OrganizationFilter, OrganizationOrder, OrganizationState } from '../../graphql/generated/schema'
import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { Badge } from '../../ui/Badge'
import type { TableColumn } from '../../ui/DataTable'
import { Select, TextField } from '../../ui/Field'
import { Filters } from '../../ui/Filters'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useSearch, useTypedSearch } from '../../ui/useSearch'
import { DialogButton } from './DialogButton'
import { NewOrganization } from './NewOrganization'
import { STATE_TONES } from './states'
import { OperatorOrganizationsDocument, type OperatorOrganizationsQuery } from './organizations.generated'

type Row = OperatorOrganizationsQuery['organizations']['nodes'][number]

const STATES: readonly OrganizationState[] = [
  'NOT_ACTIVATED',
  'TRIAL',
  'SUBSCRIBED',
  'RETENTION',
  'CLOSED',
  'PURGING',
  'PURGED',
]

/** Every organization that there is: found, filtered and ordered by the server. */
export function Organizations() {
  const { t } = useTranslation('operator')
  const navigate = useNavigate()
  const { filter, order, bar } = useBar()
  const found = usePages(
    'organizations',
    OperatorOrganizationsDocument,
    { filter, orderBy: order },
    (data) => data.organizations,
  )
  const columns = useColumns()
  return (
    <Page
      title={t('organizations.title')}
      lead={found.totalCount === null ? undefined : t('organizations.count', { count: found.totalCount })}
      actions={
        <DialogButton name="new" label={t('organizations.new')} look="primary">
          {() => <NewOrganization />}
        </DialogButton>
      }
    >
      {bar}
      <ListTable
        list={found}
        label={t('organizations.title')}
        columns={columns}
        onOpen={(id) => {
          const slug = found.nodes.find((one) => one.id === id)?.slug
          if (slug) void navigate(`/operator/organizations/${slug}`)
        }}
        empty={<Empty title={t('organizations.empty')}>{t('organizations.emptyHint')}</Empty>}
      />
    </Page>
  )
}

/** What is looked for; all of it is in the address. */
function useBar() {
  const { t } = useTranslation('operator')
  const { t: common } = useTranslation()
  const [typed, setTyped, text] = useTypedSearch('text')
  const [state, setState] = useSearch('state', 'any')
  const [suspended, setSuspended] = useSearch('suspended', 'any')
  const [clock, setClock] = useSearch('clock', 'any')
  const [order, setOrder] = useSearch('order', 'CREATED_AT_DESC')
  const [currencyTyped, setCurrency, currency] = useTypedSearch('currency')
  const filter = useMemo<OrganizationFilter>(
    () => ({
      ...(text === '' ? {} : { text }),
      ...(state === 'any' ? {} : { state: state as OrganizationState }),
      ...(suspended === 'any' ? {} : { suspended: suspended === 'yes' }),
      ...(clock === 'any' ? {} : { onTestClock: clock === 'yes' }),
      ...(/^[a-z]{3}$/i.test(currency) ? { currency: currency.toUpperCase() } : {}),
    }),
    [text, state, suspended, clock, currency],
  )
  const any = { id: 'any', label: t('organizations.any') }
  const bar = (
    <Toolbar>
      <TextField label={common('search')} type="search" value={typed} onChange={setTyped} />
      <Filters set={Object.keys(filter).length - (filter.text ? 1 : 0)}>
        <Select
          label={t('organizations.state')}
          value={state}
          onChange={setState}
          choices={[any, ...STATES.map((id) => ({ id: id as string, label: common(`state.${id}`) }))]}
        />
        <TextField
          label={t('organizations.currency')}
          value={currencyTyped}
          onChange={setCurrency}
          placeholder="RUB"
          problems={currency === '' || /^[a-z]{3}$/i.test(currency) ? [] : [t('typed.currency')]}
        />
        <Select
          label={t('organizations.suspended')}
          value={suspended}
          onChange={setSuspended}
          choices={[
            any,
            { id: 'yes', label: t('organizations.isSuspended') },
            { id: 'no', label: t('organizations.isNotSuspended') },
          ]}
        />
        <Select
          label={t('organizations.clock')}
          value={clock}
          onChange={setClock}
          choices={[
            any,
            { id: 'yes', label: t('organizations.onClock') },
            { id: 'no', label: t('organizations.inReal') },
          ]}
        />
        <Select
          label={t('organizations.order')}
          value={order}
          onChange={setOrder}
          choices={(['CREATED_AT_DESC', 'CREATED_AT_ASC', 'NAME_ASC', 'NAME_DESC'] as const).map((id) => ({
            id: id as string,
            label: t(`organizations.orders.${id}`),
          }))}
        />
      </Filters>
    </Toolbar>
  )
  return { filter, order: order as OrganizationOrder, bar }
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('operator')
  const { t: common } = useTranslation()
  const format = useFormats()
  return [
    {
      id: 'name',
      name: t('organizations.name'),
      isRowHeader: true,
      minWidth: 180,
      cell: (one) => <Link to={`/operator/organizations/${one.slug}`}>{one.name}</Link>,
    },
    { id: 'slug', name: t('organizations.slug'), minWidth: 150, cell: (one) => one.slug },
    {
      id: 'state',
      name: t('organizations.state'),
      width: 190,
      cell: (one) => (
        <>
          <Badge tone={STATE_TONES[one.state]}>{common(`state.${one.state}`)}</Badge>{' '}
          {one.suspended && <Badge tone="bad">{t('organizations.isSuspended')}</Badge>}
        </>
      ),
    },
    { id: 'currency', name: t('organizations.currency'), width: 100, cell: (one) => one.currency },
    {
      id: 'clock',
      name: t('organizations.clock'),
      width: 180,
      cell: (one) => (one.testClock ? format.instant(one.testClock.now, one.timeZone) : t('organizations.inReal')),
    },
    {
      id: 'created',
      name: t('organizations.created'),
      width: 180,
      cell: (one) => format.instant(one.createdAt, one.timeZone),
    },
  ]
}
