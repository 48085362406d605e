import { Eye, EyeOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { Card, Facts } from '../../ui/Card'
import { RefusalNotice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { STATUS_TONES } from './choices'
import { IssueDocument, type IssueFieldsFragment, WatchIssueDocument } from './issue.generated'
import styles from './Issue.module.css'
import { IssueEditor } from './IssueEditor'
import { IssueTalk } from './IssueTalk'
import { IssueTransition } from './IssueTransition'

/** One issue: what it says, what was said about it, and what became of it. */
export function Issue() {
  const { key = '' } = useParams()
  const { slug } = useOrganization()
  const [{ data, error, fetching }, again] = useLiveQuery({ query: IssueDocument, variables: { slug, key } })
  const issue = data?.organization?.issue
  if (issue) return <IssuePage key={issue.id} issue={issue} />
  if (error && !error.graphQLErrors.some((one) => one.extensions.code === 'NOT_FOUND')) {
    return <Unavailable error={error} onRetry={again} />
  }
  return fetching ? <Loading /> : <NotFound />
}

function IssuePage({ issue }: { issue: IssueFieldsFragment }) {
  const { t } = useTranslation('issues')
  return (
    <Page
      title={`${issue.key} ${issue.summary}`}
      lead={<Badge tone={STATUS_TONES[issue.status]}>{t(`statuses.${issue.status}`)}</Badge>}
      actions={<Watch issue={issue} />}
    >
      <div className={styles.columns}>
        <div className={styles.main}>
          <IssueEditor issue={issue} />
          <IssueTalk issueId={issue.id} />
        </div>
        <div className={styles.side}>
          <IssueTransition issue={issue} />
          <About issue={issue} />
        </div>
      </div>
    </Page>
  )
}

function About({ issue }: { issue: IssueFieldsFragment }) {
  const { t } = useTranslation('issues')
  const format = useFormats()
  const { timeZone } = useOrganization()
  const facts: (readonly [string, string])[] = [
    [t('queue'), issue.queue.name],
    [t('author'), issue.author.name ?? '—'],
    [t('assignee'), issue.assignee?.name ?? t('nobody')],
    [t('type'), t(`types.${issue.type}`)],
    [t('priority'), t(`priorities.${issue.priority}`)],
    [t('due'), issue.dueOn === null ? '—' : format.day(`${issue.dueOn}T12:00:00Z`)],
    [t('tags'), issue.tags.length > 0 ? format.list(issue.tags) : '—'],
    [t('created'), format.instant(issue.createdAt, timeZone)],
    [t('updated'), format.instant(issue.updatedAt, timeZone)],
  ]
  return (
    <Card title={t('about')}>
      <Facts facts={facts} />
    </Card>
  )
}

/** Who is read-only may stop watching, and not begin. */
function Watch({ issue }: { issue: IssueFieldsFragment }) {
  const { t } = useTranslation('issues')
  const may = useMay()
  const { change, isPending, refusal } = useChange(WatchIssueDocument)
  const Icon = issue.isWatched ? EyeOff : Eye
  return (
    <>
      <RefusalNotice refusal={refusal} />
      <Button
        isPending={isPending}
        isDisabled={!issue.isWatched && !may('ISSUE_WATCH')}
        onPress={() => void change({ input: { issueId: issue.id, watch: !issue.isWatched } })}
      >
        <Icon size={16} aria-hidden />
        {issue.isWatched ? t('unwatch') : t('watch')} · {issue.watcherCount}
      </Button>
    </>
  )
}
