import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useMay } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Actions, Form } from '../../ui/Page'
import { AssigneeField } from './AssigneeField'
import { type IssueFieldsFragment, UpdateIssueDocument } from './issue.generated'
import { type Draft, IssueFields } from './IssueFields'
import styles from './Issue.module.css'

const SHOWN = ['summary', 'description', 'type', 'priority', 'dueOn', 'tags', 'assigneeId']

export function IssueEditor({ issue }: { issue: IssueFieldsFragment }) {
  const { t } = useTranslation('issues')
  const may = useMay()
  const [isEditing, setEditing] = useState(false)
  if (isEditing && may('ISSUE_UPDATE')) {
    return (
      <Card title={t('edit')}>
        <EditForm
          issue={issue}
          onDone={() => {
            setEditing(false)
          }}
        />
      </Card>
    )
  }
  return (
    <Card
      title={t('description')}
      actions={
        <Button
          isDisabled={!may('ISSUE_UPDATE')}
          onPress={() => {
            setEditing(true)
          }}
        >
          {t('edit')}
        </Button>
      }
    >
      {issue.description === '' ? (
        <p className="soft">{t('noDescription')}</p>
      ) : (
        <p className={styles.text}>{issue.description}</p>
      )}
      {!may('ISSUE_UPDATE') && <p className="soft">{t('readOnly')}</p>}
    </Card>
  )
}

function EditForm({ issue, onDone }: { issue: IssueFieldsFragment; onDone: () => void }) {
  const { t } = useTranslation('issues')
  const { t: common } = useTranslation()
  const { summary, description, type, priority } = issue
  const [draft, setDraft] = useState<Draft>({ summary, description, type, priority })
  const [dueOn, setDue] = useState(issue.dueOn ?? '')
  const [tags, setTags] = useState(issue.tags.join(', '))
  const [assignee, setAssignee] = useState<{ id: string; name: string | null } | null>(issue.assignee)
  const { change, isPending, refusal } = useChange(UpdateIssueDocument)
  const save = async () => {
    const input = {
      ...draft,
      issueId: issue.id,
      dueOn: dueOn === '' ? null : dueOn,
      tags: tags
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
      assigneeId: assignee?.id ?? null,
    }
    const { done } = await change({ input })
    if (done) onDone()
  }
  return (
    <Form onSubmit={() => void save()} label={t('edit')}>
      <RefusalNotice refusal={refusal} shown={SHOWN} />
      <IssueFields draft={draft} onChange={setDraft} refusal={refusal} />
      <AssigneeField chosen={assignee} onChoose={setAssignee} problems={problemsAt(refusal, 'assigneeId')} />
      <TextField label={t('due')} type="date" value={dueOn} onChange={setDue} problems={problemsAt(refusal, 'dueOn')} />
      <TextField
        label={t('tags')}
        value={tags}
        onChange={setTags}
        hint={t('tagsHint')}
        problems={problemsAt(refusal, 'tags')}
      />
      <Actions>
        <Button type="submit" look="primary" isPending={isPending}>
          {common('save')}
        </Button>
        <Button onPress={onDone}>{common('cancel')}</Button>
      </Actions>
    </Form>
  )
}
