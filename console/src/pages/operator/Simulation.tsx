import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useQuery } from 'urql'

import { addMonths, monthOf, useFormats } from '../../i18n/format'
import { NotFound } from '../../shell/NotFound'
import { Unavailable } from '../../shell/Unavailable'
import { Button } from '../../ui/Button'
import { Card, Figure, Figures } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Select, TextField } from '../../ui/Field'
import { Empty, Notice } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { useSearch } from '../../ui/useSearch'
import { useClockChoices } from './clockChoices'
import { OneClockDocument } from './clocks.generated'
import { OperatorSimulationDocument, type OperatorSimulationQuery } from './simulation.generated'

type Result = NonNullable<OperatorSimulationQuery['billingSimulation']>
type End = Result['differences']['nodes'][number]['simulated']

const isMonth = (text: string) => /^\d{4}-(0[1-9]|1[0-2])$/.test(text)

/** A month of everybody as it would be billed now. It takes long, so it is asked for only when somebody says so. */
export function Simulation() {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [month, setMonth] = useSearch('month')
  const [clock, setClock] = useSearch('clock', 'real')
  const [wanted, setWanted] = useState(month)
  const [{ data, error, fetching }, again] = useQuery({
    query: OperatorSimulationDocument,
    variables: { month, testClockId: clock === 'real' ? null : clock },
    pause: !isMonth(month),
    requestPolicy: 'cache-first',
  })
  const isOfNobody = error?.graphQLErrors.some((one) => one.extensions.code === 'NOT_FOUND') ?? false
  const [named] = useQuery({ query: OneClockDocument, variables: { id: clock }, pause: clock === 'real' })
  if (clock !== 'real' && named.data && named.data.node?.__typename !== 'TestClock') return <NotFound />
  const result = error || fetching ? undefined : data?.billingSimulation
  const simulate = () => {
    if (wanted === month) again({ requestPolicy: 'network-only' })
    else setMonth(wanted)
  }
  return (
    <Page title={t('simulation.title')} lead={t('simulation.lead')}>
      <Toolbar>
        <TextField
          label={t('simulation.month')}
          type="month"
          value={wanted}
          onChange={setWanted}
          hint={t('simulation.last', { month: format.month(addMonths(monthOf(new Date(), 'Europe/Moscow'), -1)) })}
        />
        <ClockSelect value={clock} onChange={setClock} />
        <div>
          <Button look="primary" isDisabled={!isMonth(wanted)} isPending={fetching} onPress={simulate}>
            {t('simulation.run')}
          </Button>
        </div>
      </Toolbar>
      {!isMonth(month) && <Empty title={t('simulation.none')}>{t('simulation.noneHint')}</Empty>}
      {fetching && <Running />}
      {error && !fetching && isOfNobody && <Empty title={t('simulation.nobody')}>{t('simulation.nobodyHint')}</Empty>}
      {error && !fetching && !isOfNobody && <Unavailable error={error} onRetry={again} />}
      {result && <Outcome result={result} />}
    </Page>
  )
}

function ClockSelect({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { t } = useTranslation('operator')
  const known = useClockChoices(value === 'real' ? '' : value)
  return (
    <Select
      label={t('simulation.whose')}
      value={value}
      onChange={onChange}
      choices={[{ id: 'real', label: t('simulation.everybody') }, ...known]}
    />
  )
}

/** Nobody can say how far it is, so it says for how long it has been going. */
function Running() {
  const { t } = useTranslation('operator')
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => {
      setSeconds((before) => before + 1)
    }, 1000)
    return () => {
      clearInterval(timer)
    }
  }, [])
  return <Progress label={t('simulation.running', { count: seconds })} />
}

function Outcome({ result }: { result: Result }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return (
    <>
      <Card title={format.month(result.month)}>
        <Figures>
          <Figure
            label={t('simulation.organizations')}
            value={format.number(result.organizationCount)}
            note={result.purgedCount > 0 ? t('simulation.purged', { count: result.purgedCount }) : undefined}
          />
          {result.outcomes.map((one) => (
            <Figure key={one.outcome} label={t(`simulation.outcome.${one.outcome}`)} value={format.number(one.count)} />
          ))}
        </Figures>
      </Card>
      <Card title={t('simulation.totals')}>
        <Figures>
          {result.totals.map((one) => (
            <Figure
              key={one.total.currency}
              label={one.total.currency}
              value={format.money(one.total)}
              note={t('simulation.seatsOf', {
                seats: format.number(one.seats),
                count: one.organizationCount,
              })}
            />
          ))}
        </Figures>
        {result.totals.length === 0 && <p>{t('simulation.noTotals')}</p>}
      </Card>
      <Differences result={result} />
      <Card title={t('simulation.parkedCount', { count: result.parked.count })}>
        <DataTable
          label={t('simulation.outcome.PARKED')}
          items={result.parked.nodes.map((one) => ({ id: one.organization.id, ...one }))}
          empty={<Empty title={t('simulation.noneParked')} />}
          columns={[
            {
              id: 'name',
              name: t('organizations.name'),
              isRowHeader: true,
              cell: (one) => <OrganizationLink organization={one.organization} />,
            },
            { id: 'reason', name: t('reason'), minWidth: 300, cell: (one) => one.reason },
          ]}
        />
      </Card>
    </>
  )
}

function Differences({ result }: { result: Result }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { count, nodes } = result.differences
  const end = (one: End | null) =>
    one === null
      ? t('simulation.missing')
      : t('simulation.end', {
          outcome: t(`simulation.outcome.${one.outcome}`),
          total: format.money(one.total),
          seats: one.seats === null ? '—' : format.number(one.seats),
        })
  return (
    <Card title={t('simulation.differenceCount', { count })}>
      {count === 0 && <Notice tone="good">{t('simulation.same')}</Notice>}
      {count > nodes.length && <Notice>{t('simulation.only', { count: nodes.length })}</Notice>}
      {count > 0 && (
        <DataTable
          label={t('simulation.differences')}
          items={nodes.map((one) => ({ id: one.organization.id, ...one }))}
          empty={null}
          columns={[
            {
              id: 'name',
              name: t('organizations.name'),
              isRowHeader: true,
              cell: (one) => <OrganizationLink organization={one.organization} />,
            },
            { id: 'stored', name: t('simulation.stored'), minWidth: 220, cell: (one) => end(one.stored) },
            { id: 'simulated', name: t('simulation.simulated'), minWidth: 220, cell: (one) => end(one.simulated) },
            { id: 'reasons', name: t('simulation.reasons'), minWidth: 240, cell: (one) => one.reasons.join('; ') },
          ]}
        />
      )}
    </Card>
  )
}

function OrganizationLink({ organization }: { organization: { slug: string; name: string } }) {
  return <Link to={`/operator/organizations/${organization.slug}`}>{organization.name}</Link>
}
