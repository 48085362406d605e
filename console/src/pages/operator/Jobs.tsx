import { History } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Card, Facts } from '../../ui/Card'
import { DataTable } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { ICON, IconButton } from '../../ui/IconButton'
import { Empty, Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { useLook } from './changes'
import { useJobName } from './jobName'
import { OperatorJobsDocument, type OperatorJobsQuery } from './jobs.generated'
import { Parked } from './Parked'
import { ParkedMonths } from './ParkedMonths'

export type Overview = NonNullable<OperatorJobsQuery['jobs']>
type Job = Overview['jobs'][number]
type Run = Job['runs'][number]

/** Seconds after which somebody who watches the workers sees what they have done. */
const OFTEN = 4

/** What the workers have to do, what they do, and what they gave up. */
export function Jobs() {
  const { t } = useTranslation('operator')
  const nameOf = useJobName()
  const [opened, setOpened] = useSearch('job')
  const [{ data, error }, again] = useLiveQuery({ query: OperatorJobsDocument, variables: {} })
  useLook(OFTEN)
  const overview = data?.jobs
  if (error && !overview) return <Unavailable error={error} onRetry={again} />
  if (!overview) return <Loading />
  const chosen = overview.jobs.find((one) => one.name === opened)
  if (opened !== '' && !chosen) return <NotFound />
  return (
    <Page title={t('jobs.title')} lead={t('jobs.lead', { count: OFTEN })}>
      {overview.isLate ? <Notice tone="bad" title={t('jobs.late')} /> : <Notice tone="good">{t('jobs.inTime')}</Notice>}
      <ParkedMonths overview={overview} />
      <Parked overview={overview} />
      <Card title={t('jobs.all')}>
        <JobTable jobs={overview.jobs} onOpen={setOpened} />
      </Card>
      <Dialog
        title={t('jobs.runsOf', { job: nameOf(opened) })}
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
  const nameOf = useJobName()
  const format = useFormats()
  return (
    <DataTable
      label={t('jobs.all')}
      items={jobs.map((one) => ({ id: one.name, ...one }))}
      onOpen={onOpen}
      empty={<Empty title={t('jobs.none')} />}
      height={2000}
      columns={[
        {
          id: 'name',
          name: t('jobs.name'),
          isRowHeader: true,
          minWidth: 220,
          cell: (one) => <span className="two-lines">{nameOf(one.name)}</span>,
        },
        { id: 'state', name: t('jobs.state'), width: 112, cell: (one) => <JobBadge job={one} /> },
        {
          id: 'due',
          name: t('jobs.due'),
          width: 70,
          isNumber: true,
          cell: (one) =>
            one.hasMoreDue ? t('jobs.more', { due: format.number(one.dueCount) }) : format.number(one.dueCount),
        },
        {
          id: 'waiting',
          name: t('jobs.waiting'),
          width: 90,
          isNumber: true,
          cell: (one) => format.number(one.waitingCount),
        },
        {
          id: 'parked',
          name: t('jobs.parked'),
          width: 98,
          isNumber: true,
          cell: (one) => format.number(one.parkedCount),
        },
        {
          id: 'looked',
          name: t('jobs.looked'),
          width: 188,
          cell: (one) => (one.lookedAt === null ? t('jobs.never') : format.instant(one.lookedAt)),
        },
        {
          id: 'runs',
          name: t('jobs.lastRun'),
          width: 84,
          cell: (one) =>
            one.runs[0] ? t('jobs.doneOf', { done: one.runs[0].doneCount, count: one.runs[0].subjectCount }) : '—',
        },
        {
          id: 'actions',
          name: t('jobs.runs'),
          width: 82,
          cell: (one) => (
            <IconButton
              label={t('jobs.runs')}
              describes={nameOf(one.name)}
              onPress={() => {
                onOpen(one.name)
              }}
            >
              <History {...ICON} />
            </IconButton>
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
        facts={[
          [t('jobs.codeName'), <code key="name">{job.name}</code>],
          [t('jobs.dueSince'), job.dueSince === null ? t('jobs.nothingDue') : format.exactInstant(job.dueSince)],
        ]}
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
          {
            id: 'error',
            name: t('jobs.error'),
            cell: (one) => (one.error === null ? '—' : <code title={one.error}>{one.error}</code>),
          },
        ]}
      />
    </>
  )
}
