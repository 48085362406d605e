import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { usePages } from '../../graphql/pages'
import { problemsAt, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { ChangedValue } from './ChangedValue'
import {
  CommentIssueDocument,
  IssueCommentsDocument,
  type IssueCommentsQuery,
  IssueHistoryDocument,
  type IssueHistoryQuery,
} from './issue.generated'
import styles from './Issue.module.css'

type Comment = Extract<NonNullable<IssueCommentsQuery['node']>, { __typename: 'Issue' }>['comments']['nodes'][number]
type Entry = Extract<NonNullable<IssueHistoryQuery['node']>, { __typename: 'Issue' }>['history']['nodes'][number]

/** What was said, and what was changed by whom. */
export function IssueTalk({ issueId }: { issueId: string }) {
  const { t } = useTranslation('issues')
  const comments = usePages('comments', IssueCommentsDocument, { issueId }, ({ node }) =>
    node?.__typename === 'Issue' ? node.comments : null,
  )
  const history = usePages('history', IssueHistoryDocument, { issueId }, ({ node }) =>
    node?.__typename === 'Issue' ? node.history : null,
  )
  return (
    <>
      <Card title={t('comments')}>
        {comments.error && <Unavailable error={comments.error} onRetry={comments.again} />}
        {comments.isThere && <Comments comments={comments.nodes} />}
        {comments.hasNext && <Button onPress={comments.more}>{t('more')}</Button>}
        <CommentForm issueId={issueId} onDone={comments.again} />
      </Card>
      <Card title={t('history')}>
        {history.error && <Unavailable error={history.error} onRetry={history.again} />}
        {history.isThere && <History entries={history.nodes} />}
        {history.hasNext && <Button onPress={history.more}>{t('more')}</Button>}
      </Card>
    </>
  )
}

function Comments({ comments }: { comments: readonly Comment[] }) {
  const { t } = useTranslation('issues')
  const format = useFormats()
  const { timeZone } = useOrganization()
  if (comments.length === 0) return <p className="soft">{t('noComments')}</p>
  return (
    <ul className={styles.said}>
      {comments.map((comment) => (
        <li key={comment.id}>
          <span>
            <strong>{comment.author.name}</strong>{' '}
            <span className="soft">{format.instant(comment.createdAt, timeZone)}</span>
          </span>
          <span className={styles.text}>{comment.text}</span>
        </li>
      ))}
    </ul>
  )
}

function CommentForm({ issueId, onDone }: { issueId: string; onDone: () => void }) {
  const { t } = useTranslation('issues')
  const may = useMay()
  const [text, setText] = useState('')
  const { change, isPending, refusal } = useChange(CommentIssueDocument)
  if (!may('ISSUE_COMMENT')) return <p className="soft">{t('readOnly')}</p>
  const send = async () => {
    const { done } = await change({ input: { issueId, text } })
    if (!done) return
    setText('')
    onDone()
  }
  return (
    <Form onSubmit={() => void send()} label={t('comment')}>
      <RefusalNotice refusal={refusal} shown={['text']} />
      <TextField
        label={t('comment')}
        value={text}
        onChange={setText}
        problems={problemsAt(refusal, 'text')}
        isMultiline
      />
      <Button type="submit" isPending={isPending} isDisabled={text.trim() === ''}>
        {t('send')}
      </Button>
    </Form>
  )
}

function History({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation('issues')
  const format = useFormats()
  const { timeZone } = useOrganization()
  if (entries.length === 0) return <p className="soft">{t('noHistory')}</p>
  return (
    <ul className={styles.said}>
      {entries.map((entry) => (
        <li key={entry.id}>
          <span className="soft">
            {entry.author.name} · {format.instant(entry.at, timeZone)}
          </span>
          <span className={styles.text}>
            {t(`fields.${entry.field}`)}: <ChangedValue field={entry.field} value={entry.from} /> →{' '}
            <ChangedValue field={entry.field} value={entry.to} />
          </span>
        </li>
      ))}
    </ul>
  )
}
