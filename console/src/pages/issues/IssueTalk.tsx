import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useLiveQuery } from '../../graphql/live'
import { problemsAt, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { CommentIssueDocument, IssueTalkDocument, type IssueTalkQuery } from './issue.generated'
import styles from './Issue.module.css'

const PAGE = 20

type Told = Extract<NonNullable<IssueTalkQuery['node']>, { __typename: 'Issue' }>

/** What was said, and what was changed by whom. */
export function IssueTalk({ issueId }: { issueId: string }) {
  const { t } = useTranslation('issues')
  const [commentsAfter, setCommentsAfter] = useState<string | null>(null)
  const [entriesAfter, setEntriesAfter] = useState<string | null>(null)
  const [{ data }, again] = useLiveQuery({
    query: IssueTalkDocument,
    variables: { issueId, comments: PAGE, commentsAfter, entries: PAGE, entriesAfter },
  })
  if (data?.node?.__typename !== 'Issue') return null
  const { comments, history } = data.node
  return (
    <>
      <Card title={t('comments')}>
        <Comments comments={comments.nodes} />
        {comments.pageInfo.hasNextPage && (
          <Button
            onPress={() => {
              setCommentsAfter(comments.pageInfo.endCursor)
            }}
          >
            {t('more')}
          </Button>
        )}
        <CommentForm
          issueId={issueId}
          onDone={() => {
            again({ requestPolicy: 'network-only' })
          }}
        />
      </Card>
      <Card title={t('history')}>
        <History entries={history.nodes} />
        {history.pageInfo.hasNextPage && (
          <Button
            onPress={() => {
              setEntriesAfter(history.pageInfo.endCursor)
            }}
          >
            {t('more')}
          </Button>
        )}
      </Card>
    </>
  )
}

function Comments({ comments }: { comments: Told['comments']['nodes'] }) {
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

function History({ entries }: { entries: Told['history']['nodes'] }) {
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
            {t('changed', { field: t(`fields.${entry.field}`), from: entry.from ?? '—', to: entry.to ?? '—' })}
          </span>
        </li>
      ))}
    </ul>
  )
}
