import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useQuery } from 'urql'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { Select } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { type Draft, IssueFields } from './IssueFields'
import { CreateIssueDocument, QueuesDocument } from './issues.generated'

const SHOWN = ['queueId', 'summary', 'description', 'type', 'priority']

export function NewIssue({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('issues')
  const { slug } = useOrganization()
  const [{ data }] = useQuery({ query: QueuesDocument, variables: { slug }, pause: !isOpen })
  const queues = data?.organization?.queues?.nodes ?? []
  return (
    <Dialog title={t('newIssue')} isOpen={isOpen} onClose={onClose}>
      {data && queues.length === 0 && <Notice>{t('noQueues')}</Notice>}
      {queues.length > 0 && <IssueForm queues={queues} />}
    </Dialog>
  )
}

function IssueForm({ queues }: { queues: readonly { id: string; key: string; name: string }[] }) {
  const { t } = useTranslation('issues')
  const { slug } = useOrganization()
  const navigate = useNavigate()
  const [queueId, setQueue] = useState(queues[0]?.id ?? '')
  const [draft, setDraft] = useState<Draft>({ summary: '', description: '', type: 'TASK', priority: 'NORMAL' })
  const { change, isPending, refusal } = useChange(CreateIssueDocument)
  const create = async () => {
    const { done } = await change({ input: { queueId, ...draft } })
    if (done) void navigate(`/o/${slug}/issues/${done.issue.key}`)
  }
  return (
    <Form onSubmit={() => void create()} label={t('newIssue')}>
      <RefusalNotice refusal={refusal} shown={SHOWN} />
      <Select
        label={t('queue')}
        value={queueId}
        onChange={setQueue}
        choices={queues.map((queue) => ({ id: queue.id, label: `${queue.key} · ${queue.name}` }))}
        problems={problemsAt(refusal, 'queueId')}
      />
      <IssueFields draft={draft} onChange={setDraft} refusal={refusal} />
      <Button type="submit" look="primary" isPending={isPending}>
        {t('create')}
      </Button>
    </Form>
  )
}
