import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { problemsAt, type Refusal } from '../../graphql/refusals'
import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button, ButtonLink } from '../../ui/Button'
import { Card, Figure, Figures } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { TextField } from '../../ui/Field'
import { Empty, Notice, RefusalNotice } from '../../ui/Notice'
import { Actions, Form, Page } from '../../ui/Page'
import { Progress } from '../../ui/Progress'
import { useLook, useOperatorChange } from './changes'
import { AdvanceClockDocument, OneClockDocument, type OneClockQuery } from './clocks.generated'
import { STATE_TONES } from './states'
import { instantOf, localOf, stepsOf } from './typed'

type ClockData = Extract<NonNullable<OneClockQuery['node']>, { __typename: 'TestClock' }>

/** Seconds after which somebody who advances a clock sees how far it is. */
const OFTEN = 1

/** One clock: what it shows, who lives by it, and advancing it. */
export function Clock({ id }: { id: string }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const [{ data, error, fetching }, again] = useLiveQuery({ query: OneClockDocument, variables: { id } })
  const clock = data?.node?.__typename === 'TestClock' ? data.node : null
  if (!clock && error) return <Unavailable error={error} onRetry={again} />
  if (!clock) return fetching && !data ? <Loading /> : <NotFound />
  const zone = clock.organizations.nodes[0]?.timeZone ?? 'UTC'
  return (
    <Page
      title={t('clocks.one')}
      lead={t('clocks.made', { at: format.zonedInstant(clock.createdAt) })}
      actions={<ButtonLink to="/operator/clocks">{t('clocks.all')}</ButtonLink>}
    >
      <Card>
        <Figures>
          <Figure label={t('clocks.now')} value={format.instant(clock.now, zone)} note={zone} />
          <Figure label={t('clocks.organizations')} value={format.number(clock.organizations.totalCount)} />
          {clock.expiresAt !== null && (
            <Figure label={t('clocks.expires')} value={format.zonedInstant(clock.expiresAt)} />
          )}
        </Figures>
        <Advance clock={clock} timeZone={zone} />
      </Card>
      {clock.leftOut.length > 0 && (
        <Notice tone="bad" title={t('clocks.leftOut')}>
          <ul>
            {clock.leftOut.map((one) => (
              <li key={one.id}>
                <Link to={`/operator/organizations/${one.slug}`}>{one.name}</Link>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Residents clock={clock} />
    </Page>
  )
}

function Residents({ clock }: { clock: ClockData }) {
  const { t } = useTranslation('operator')
  const { t: common } = useTranslation()
  const format = useFormats()
  return (
    <DataTable
      label={t('clocks.organizations')}
      items={clock.organizations.nodes}
      empty={
        <Empty
          title={t('clocks.nobody')}
          actions={<ButtonLink to="/operator?dialog=new">{t('organizations.new')}</ButtonLink>}
        >
          {t('clocks.nobodyHint')}
        </Empty>
      }
      height={320}
      columns={[
        {
          id: 'name',
          name: t('organizations.name'),
          isRowHeader: true,
          cell: (one) => <Link to={`/operator/organizations/${one.slug}`}>{one.name}</Link>,
        },
        {
          id: 'state',
          name: t('organizations.state'),
          cell: (one) => <Badge tone={STATE_TONES[one.state]}>{common(`state.${one.state}`)}</Badge>,
        },
        {
          id: 'trial',
          name: t('trial.ends'),
          cell: (one) => (one.trial ? format.zonedInstant(one.trial.endsAt, one.timeZone) : '—'),
        },
      ]}
    />
  )
}

/** Its form stays while the clock moves, and keeps the focus: only nothing can be pressed in it then. */
function Advance({ clock, timeZone }: { clock: ClockData; timeZone: string }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { change, isPending, refusal } = useOperatorChange(AdvanceClockDocument)
  const [way, setWay] = useState<{ from: string; to: string } | null>(null)
  const isMoving = isPending || clock.advancingTo !== null
  useLook(isMoving ? OFTEN : null)
  const aim = clock.advancingTo ?? way?.to
  return (
    <>
      {isMoving && aim !== undefined && (
        <Progress
          label={t('clocks.advancing', { at: format.instant(aim, timeZone) })}
          value={share(way?.from ?? null, clock.now, aim)}
        />
      )}
      <AdvanceForm
        clock={clock}
        timeZone={timeZone}
        refusal={refusal}
        isMoving={isMoving}
        onAdvance={(to) => {
          setWay({ from: clock.now, to })
          void change({ input: { testClockId: clock.id, to } })
        }}
      />
    </>
  )
}

type AdvanceFormProps = {
  clock: ClockData
  timeZone: string
  refusal: Refusal | null
  isMoving: boolean
  onAdvance: (to: string) => void
}

function AdvanceForm({ clock, timeZone, refusal, isMoving, onAdvance }: AdvanceFormProps) {
  const { t } = useTranslation('operator')
  const [typed, setTyped] = useState('')
  const [hasTried, setTried] = useState(false)
  const to = instantOf(typed === '' ? localOf(clock.now, timeZone) : typed, timeZone)
  const submit = () => {
    setTried(true)
    if (!isMoving && typed !== '' && to !== undefined) onAdvance(to)
  }
  return (
    <Form label={t('clocks.advance')} onSubmit={submit}>
      <RefusalNotice refusal={refusal} shown={['to']} />
      <Targets clock={clock} timeZone={timeZone} isMoving={isMoving} onAdvance={onAdvance} />
      <TextField
        label={t('clocks.to')}
        type="datetime-local"
        value={typed}
        onChange={setTyped}
        isReadOnly={isMoving}
        hint={t('clocks.toHint', { zone: timeZone })}
        problems={[
          ...(hasTried && (typed === '' || to === undefined) ? [t('typed.instant')] : []),
          ...problemsAt(refusal, 'to'),
        ]}
      />
      <Button type="submit" look="primary" isPending={isMoving}>
        {t('clocks.advance')}
      </Button>
    </Form>
  )
}

/** Where it often goes, one press away. To the end of a trial that is over it goes no more: the focus goes on then. */
function Targets({ clock, timeZone, isMoving, onAdvance }: Omit<AdvanceFormProps, 'refusal'>) {
  const { t } = useTranslation('operator')
  const first = useRef<HTMLButtonElement>(null)
  const [pressed, setPressed] = useState<string | null>(null)
  const targets = targetsOf(clock, timeZone)
  const isGone = !isMoving && targets.some(([name, instant]) => name === pressed && instant === undefined)
  useEffect(() => {
    const held = document.activeElement
    if (isGone && (held === document.body || held?.matches(':disabled'))) first.current?.focus()
  }, [isGone])
  return (
    <Actions>
      {targets.map(([name, instant], place) => (
        <Button
          key={name}
          ref={place === 0 ? first : undefined}
          isPending={isMoving}
          isDisabled={instant === undefined && !isMoving}
          onPress={() => {
            setPressed(name)
            if (instant !== undefined) onAdvance(instant)
          }}
        >
          {t(`clocks.${name}`)}
        </Button>
      ))}
    </Actions>
  )
}

/** Where somebody may want it to go. */
function targetsOf(clock: ClockData, timeZone: string) {
  const steps = stepsOf(clock.now, timeZone)
  const [trialEnd] = clock.organizations.nodes
    .flatMap((one) => (one.trial && !one.trial.isOver ? [one.trial.endsAt] : []))
    .sort()
  return [
    ['day', steps.day],
    ['month', steps.month],
    ['trialEnd', trialEnd],
    ['monthEnd', steps.monthEnd],
  ] as const
}

/** How much of the way is behind it, in percent; undefined where it is not known from where it went. */
function share(from: string | null, now: string, to: string): number | undefined {
  if (from === null) return undefined
  const [start, at, end] = [from, now, to].map((one) => Date.parse(one)) as [number, number, number]
  return end > start ? Math.max(0, Math.min(100, ((at - start) / (end - start)) * 100)) : undefined
}
