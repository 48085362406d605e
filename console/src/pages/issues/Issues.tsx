import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import type { IssueFilter, IssueStatus } from '../../graphql/generated/schema'
import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Select, TextField } from '../../ui/Field'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useSearch, useTypedSearch } from '../../ui/useSearch'
import { STATUS_TONES, STATUSES } from './choices'
import { IssuesDocument, type IssuesQuery } from './issues.generated'
import { NewIssue } from './NewIssue'
import { NewQueue } from './NewQueue'

type Row = NonNullable<NonNullable<IssuesQuery['organization']>['issues']>['nodes'][number]

/** The issues of the tracker, once it is activated. */
export function Issues() {
  const { t } = useTranslation('issues')
  const { slug, state } = useOrganization()
  if (state !== 'NOT_ACTIVATED') return <IssueList />
  return (
    <Page title={t('title')}>
      <Empty title={t('notActivated')}>
        <Link to={`/o/${slug}`}>{t('toActivate')}</Link>
      </Empty>
    </Page>
  )
}

/** Anybody reads them, and who has full access makes more. */
function IssueList() {
  const { t } = useTranslation('issues')
  const { slug } = useOrganization()
  const navigate = useNavigate()
  const [typed, setTyped, text] = useTypedSearch('text')
  const [status, setStatus] = useSearch('status', 'any')
  const [whose, setWhose] = useSearch('whose', 'anybody')
  const [window, setWindow] = useState<'issue' | 'queue' | null>(null)
  const filter = useFilter(text, status, whose)
  const issues = usePages(
    'issues',
    IssuesDocument,
    { slug, filter, orderBy: 'UPDATED_DESC' },
    (data) => data.organization?.issues,
  )
  const columns = useColumns()
  return (
    <Page
      title={t('title')}
      lead={issues.totalCount === null ? undefined : t('count', { count: issues.totalCount })}
      actions={<NewOnes onOpen={setWindow} />}
    >
      <Toolbar>
        <TextField label={t('search')} type="search" value={typed} onChange={setTyped} />
        <Select
          label={t('status')}
          value={status}
          onChange={setStatus}
          choices={[
            { id: 'any', label: t('anyStatus') },
            ...STATUSES.map((one) => ({ id: one as string, label: t(`statuses.${one}`) })),
          ]}
        />
        <Select
          label={t('assignee')}
          value={whose}
          onChange={setWhose}
          choices={[
            { id: 'anybody', label: t('anybody') },
            { id: 'mine', label: t('mine') },
            { id: 'nobody', label: t('nobody') },
          ]}
        />
      </Toolbar>
      <ListTable
        list={issues}
        label={t('title')}
        columns={columns}
        onOpen={(id) => {
          const key = issues.nodes.find((one) => one.id === id)?.key
          if (key) void navigate(`/o/${slug}/issues/${key}`)
        }}
        empty={<Nothing isFiltered={Object.keys(filter).length > 0} />}
      />
      <NewIssue
        isOpen={window === 'issue'}
        onClose={() => {
          setWindow(null)
        }}
      />
      <NewQueue
        isOpen={window === 'queue'}
        onClose={() => {
          setWindow(null)
        }}
      />
    </Page>
  )
}

/** No issue is there, or none is like what is looked for. */
function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation('issues')
  const mayMake = useMay()('ISSUE_CREATE')
  if (!isFiltered) return <Empty title={t('none')}>{mayMake && t('noneHint')}</Empty>
  return <Empty title={t('empty')}>{mayMake ? t('emptyHint') : t('emptyReadOnly')}</Empty>
}

/** What can be made; who may not sees that it can be, and the banner above says whom to ask. */
function NewOnes({ onOpen }: { onOpen: (what: 'issue' | 'queue') => void }) {
  const { t } = useTranslation('issues')
  const may = useMay()
  return (
    <>
      {may('QUEUE_MANAGE') && (
        <Button
          onPress={() => {
            onOpen('queue')
          }}
        >
          {t('newQueue')}
        </Button>
      )}
      <Button
        look="primary"
        isDisabled={!may('ISSUE_CREATE')}
        onPress={() => {
          onOpen('issue')
        }}
      >
        {t('newIssue')}
      </Button>
      {!may('ISSUE_CREATE') && <span className="soft">{t('readOnly')}</span>}
    </>
  )
}

function useFilter(text: string, status: string, whose: string): IssueFilter {
  const own = useOwnMember()
  return useMemo(
    () => ({
      ...(text === '' ? {} : { text }),
      ...(status === 'any' ? {} : { status: [status as IssueStatus] }),
      ...(whose === 'mine' && own ? { assigneeId: [own.id] } : {}),
      ...(whose === 'nobody' ? { assigned: false } : {}),
    }),
    [text, status, whose, own],
  )
}

function useColumns(): TableColumn<Row>[] {
  const { t } = useTranslation('issues')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  return [
    {
      id: 'key',
      name: t('key'),
      width: 110,
      cell: (issue) => <Link to={`/o/${slug}/issues/${issue.key}`}>{issue.key}</Link>,
    },
    { id: 'summary', name: t('summary'), isRowHeader: true, minWidth: 220, cell: (issue) => issue.summary },
    { id: 'type', name: t('type'), width: 110, cell: (issue) => t(`types.${issue.type}`) },
    {
      id: 'status',
      name: t('status'),
      width: 130,
      cell: (issue) => <Badge tone={STATUS_TONES[issue.status]}>{t(`statuses.${issue.status}`)}</Badge>,
    },
    { id: 'priority', name: t('priority'), width: 115, cell: (issue) => t(`priorities.${issue.priority}`) },
    { id: 'assignee', name: t('assignee'), width: 145, cell: (issue) => issue.assignee?.name ?? '—' },
    {
      id: 'updated',
      name: t('updated'),
      width: 170,
      cell: (issue) => format.instant(issue.updatedAt, timeZone),
    },
  ]
}
