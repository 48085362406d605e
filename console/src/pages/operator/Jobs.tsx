import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { Empty, Notice, RefusalNotice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { useLook, useOperatorChange } from './changes'
import { OperatorJobsDocument, type OperatorJobsQuery, RetryJobDocument } from './jobs.generated'

type Overview = NonNullable<OperatorJobsQuery['jobs']>
type Job = Overview['jobs'][number]
type Run = Job['runs'][number]

/** Seconds after which somebody who watches the workers sees what they have done. */
const OFTEN = 4

/** What the workers have to do, what they do, and what they gave up. */
export function Jobs() {
  const { t } = useTranslation('operator')
  const [opened, setOpened] = useSearch('job')
  const [{ data, error }, again] = useLiveQuery({ query: OperatorJobsDocument, variables: {} })
  useLook(OFTEN)
  const overview = data?.jobs
  if (error && !overview) return <Unavailable error={error} onRetry={again} />
  if (!overview) return <Loading />
  const chosen = overview.jobs.find((one) => one.name === opened)
  return (
    <Page title={t('jobs.title')} lead={t('jobs.lead', { count: OFTEN })}>
      {overview.isLate ? <Notice tone="bad" title={t('jobs.late')} /> : <Notice tone="good">{t('jobs.inTime')}</Notice>}
      <Parked overview={overview} />
      <Card title={t('jobs.all')}>
        <JobTable jobs={overview.jobs} onOpen={setOpened} />
      </Card>
      <Dialog
        title={t('jobs.runsOf', { job: opened })}
        isOpen={chosen !== undefined}
        isWide
        onClose={() => {
          setOpened('')
        }}
      >
        {chosen && <Runs job={chosen} />}
      </Dialog>
    </Page>
  )
}

function JobTable({ jobs, onOpen }: { jobs: readonly Job[]; onOpen: (name: string) => void }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  return (
    <DataTable
      label={t('jobs.all')}
      items={jobs.map((one) => ({ id: one.name, ...one }))}
      onOpen={onOpen}
      empty={<Empty title={t('jobs.none')} />}
      height={900}
      columns={[
        { id: 'name', name: t('jobs.name'), isRowHeader: true, minWidth: 240, cell: (one) => <code>{one.name}</code> },
        { id: 'state', name: t('jobs.state'), width: 130, cell: (one) => <JobBadge job={one} /> },
        {
          id: 'due',
          name: t('jobs.due'),
          width: 100,
          isNumber: true,
          cell: (one) =>
            one.hasMoreDue ? t('jobs.more', { due: format.number(one.dueCount) }) : format.number(one.dueCount),
        },
        {
          id: 'waiting',
          name: t('jobs.waiting'),
          width: 110,
          isNumber: true,
          cell: (one) => format.number(one.waitingCount),
        },
        {
          id: 'parked',
          name: t('jobs.parked'),
          width: 100,
          isNumber: true,
          cell: (one) => format.number(one.parkedCount),
        },
        {
          id: 'looked',
          name: t('jobs.looked'),
          width: 190,
          cell: (one) => (one.lookedAt === null ? t('jobs.never') : format.instant(one.lookedAt)),
        },
        {
          id: 'runs',
          name: t('jobs.lastRun'),
          minWidth: 170,
          cell: (one) =>
            one.runs[0]
              ? t('jobs.doneOf', { done: one.runs[0].doneCount, count: one.runs[0].subjectCount })
              : t('jobs.never'),
        },
        {
          id: 'actions',
          name: t('actions'),
          width: 110,
          cell: (one) => (
            <Button
              look="quiet"
              aria-label={`${t('jobs.runs')}: ${one.name}`}
              onPress={() => {
                onOpen(one.name)
              }}
            >
              {t('jobs.runs')}
            </Button>
          ),
        },
      ]}
    />
  )
}

function JobBadge({ job }: { job: Job }) {
  const { t } = useTranslation('operator')
  if (job.isLate) return <Badge tone="bad">{t('jobs.states.late')}</Badge>
  if (job.runs.some((one) => one.isRunning)) return <Badge tone="good">{t('jobs.states.running')}</Badge>
  if (job.dueCount > 0) return <Badge tone="warn">{t('jobs.states.due')}</Badge>
  return <Badge>{t('jobs.states.idle')}</Badge>
}

function Runs({ job }: { job: Job }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const stateOf = (run: Run) => {
    if (run.isRunning) return <Badge tone="good">{t('jobs.states.running')}</Badge>
    if (run.isLost) return <Badge tone="bad">{t('jobs.states.lost')}</Badge>
    return <Badge tone={run.failedCount > 0 ? 'warn' : 'plain'}>{t('jobs.states.ended')}</Badge>
  }
  return (
    <>
      <Facts
        facts={[[t('jobs.dueSince'), job.dueSince === null ? t('jobs.nothingDue') : format.exactInstant(job.dueSince)]]}
      />
      <DataTable
        label={t('jobs.runs')}
        items={job.runs.map((one) => ({ id: one.startedAt, ...one }))}
        empty={<Empty title={t('jobs.never')} />}
        height={420}
        columns={[
          {
            id: 'started',
            name: t('jobs.started'),
            isRowHeader: true,
            width: 180,
            cell: (one) => format.instant(one.startedAt),
          },
          { id: 'state', name: t('jobs.state'), width: 110, cell: stateOf },
          {
            id: 'done',
            name: t('jobs.done'),
            width: 120,
            cell: (one) => t('jobs.doneOf', { done: one.doneCount, count: one.subjectCount }),
          },
          {
            id: 'failed',
            name: t('jobs.failed'),
            isNumber: true,
            width: 100,
            cell: (one) => format.number(one.failedCount),
          },
          { id: 'error', name: t('jobs.error'), cell: (one) => one.error ?? '—' },
        ]}
      />
    </>
  )
}

/** What failed too often, and waits for somebody. */
function Parked({ overview }: { overview: Overview }) {
  const { t } = useTranslation('operator')
  const format = useFormats()
  const { change, isPending, refusal } = useOperatorChange(RetryJobDocument)
  return (
    <Card title={t('jobs.parkedTitle', { count: overview.parkedCount })}>
      <RefusalNotice refusal={refusal} />
      <DataTable
        label={t('jobs.parked')}
        items={overview.parked}
        empty={<Empty title={t('jobs.noneParked')}>{t('jobs.noneParkedHint')}</Empty>}
        height={420}
        columns={[
          { id: 'job', name: t('jobs.name'), isRowHeader: true, width: 220, cell: (one) => <code>{one.job}</code> },
          {
            id: 'whom',
            name: t('jobs.whom'),
            width: 220,
            cell: (one) =>
              one.organization ? (
                <Link to={`/operator/organizations/${one.organization.slug}`}>{one.organization.name}</Link>
              ) : (
                <code>{one.subjectId}</code>
              ),
          },
          { id: 'error', name: t('jobs.error'), minWidth: 240, cell: (one) => one.error },
          { id: 'tries', name: t('jobs.tries'), width: 90, isNumber: true, cell: (one) => format.number(one.tries) },
          { id: 'parked', name: t('jobs.since'), width: 180, cell: (one) => format.instant(one.parkedAt) },
          {
            id: 'actions',
            name: t('actions'),
            width: 130,
            cell: (one) => (
              <Button
                look="quiet"
                isDisabled={isPending}
                aria-label={`${t('jobs.retry')}: ${one.job}`}
                onPress={() => void change({ input: { parkedJobId: one.id } })}
              >
                {t('jobs.retry')}
              </Button>
            ),
          },
        ]}
      />
    </Card>
  )
}
