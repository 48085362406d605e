import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { ButtonLink } from '../../ui/Button'
import { Card, Figure, Figures } from '../../ui/Card'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { MonthPicker } from '../../ui/MonthPicker'
import { Empty, Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { ForBilling } from '../billing/ForBilling'
import { minus, signOf } from '../impact/money'
import { useChosenMonth, useMonths } from '../month/useMonths'
import { HindsightDocument, type HindsightQuery } from './hindsight.generated'
import styles from './Hindsight.module.css'

type Told = NonNullable<NonNullable<HindsightQuery['organization']>['hindsight']>
type Idle = Told['idleAtPeak'][number]

/** Who held a seat at the peak of a month that is over and did nothing with it, and what that cost. */
export function Hindsight() {
  const { t } = useTranslation(['hindsight', 'billing'])
  return (
    <ForBilling title={t('title')}>
      <OneMonth />
    </ForBilling>
  )
}

function OneMonth() {
  const { t } = useTranslation('hindsight')
  const months = useMonths()
  const over = months.slice(1)
  const [month, go] = useChosenMonth(over)
  return (
    <Page title={t('title')} lead={t('lead')}>
      {month === '' ? (
        <Empty title={t('noMonths')}>{t('noMonthsHint')}</Empty>
      ) : (
        <>
          <MonthPicker label={t('month')} months={over} value={month} onChange={go} />
          <Asked key={month} month={month} />
        </>
      )}
    </Page>
  )
}

/** Why there is nothing to tell of a month. */
const UNTOLD = ['NOT_FOUND', 'INVALID_INPUT', 'PERIOD_NOT_CLOSED', 'ORGANIZATION_PURGED'] as const

function Asked({ month }: { month: string }) {
  const { t } = useTranslation('hindsight')
  const { slug } = useOrganization()
  const withEmail = useMay()('MEMBER_MANAGE')
  const [{ data, error }, again] = useQuery({ query: HindsightDocument, variables: { slug, month, withEmail } })
  const told = data?.organization?.hindsight
  if (told) return <ToldOf told={told} />
  const code = error?.graphQLErrors[0]?.extensions.code
  const untold = UNTOLD.find((one) => one === code)
  if (untold) return <Empty title={t(`untold.${untold}`)} />
  return error ? <Unavailable error={error} onRetry={again} /> : <Loading />
}

function ToldOf({ told }: { told: Told }) {
  const { t } = useTranslation('hindsight')
  const format = useFormats()
  const { slug } = useOrganization()
  const may = useMay()
  const columns = useColumns()
  const idle = useMemo(() => [...told.idleAtPeak].sort((one, other) => one.name.localeCompare(other.name)), [told])
  const saved = minus(told.total, told.totalWithoutThem)
  const nobody = told.seats === 0 ? 'unheld' : 'nobody'
  const costsLess = signOf(saved) > 0
  return (
    <>
      <Card>
        <div className={styles.sums}>
          <Figures>
            <Figure label={t('cost')} value={format.money(told.total)} note={t('atPeak', { count: told.seats })} />
            <Figure
              label={t('without')}
              value={format.money(told.totalWithoutThem)}
              note={t('atPeak', { count: told.seatsWithoutThem })}
              tone={costsLess ? 'good' : undefined}
            />
            <Figure label={t('idle')} value={format.number(told.idleCount)} note={t('idleNote')} />
          </Figures>
        </div>
        <p>{told.idleCount === 0 ? t(nobody) : costsLess ? t('less', { amount: format.money(saved) }) : t('noLess')}</p>
      </Card>
      <Card
        title={t('who')}
        actions={
          told.idleCount > 0 &&
          may('SEAT_MANAGE') && <ButtonLink to={`/o/${slug}/seats/change`}>{t('toSeats')}</ButtonLink>
        }
      >
        {told.idleCount > told.idleAtPeak.length && <Notice>{t('first', { count: told.idleAtPeak.length })}</Notice>}
        <DataTable label={t('who')} columns={columns} items={idle} empty={<Empty title={t(nobody)} />} />
        <p className="soft">{t('meaning')}</p>
      </Card>
    </>
  )
}

function useColumns(): TableColumn<Idle>[] {
  const { t } = useTranslation('hindsight')
  const { slug } = useOrganization()
  const withEmail = useMay()('MEMBER_MANAGE')
  const email = { id: 'email', name: t('email'), minWidth: 200, cell: (one: Idle) => one.email ?? '—' }
  return [
    {
      id: 'name',
      name: t('name'),
      isRowHeader: true,
      minWidth: 180,
      cell: (one) => <Link to={`/o/${slug}/people/${encodeURIComponent(one.id)}`}>{one.name}</Link>,
    },
    ...(withEmail ? [email] : []),
    { id: 'department', name: t('department'), cell: (one) => one.department?.name ?? '—' },
    {
      id: 'seat',
      name: t('seatNow'),
      width: 170,
      cell: (one) => <Badge tone={one.seat ? 'warn' : 'plain'}>{one.seat ? t('stillHeld') : t('ended')}</Badge>,
    },
  ]
}
