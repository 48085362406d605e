import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { CreateQueueDocument } from './issues.generated'

export function NewQueue({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('issues')
  return (
    <Dialog title={t('newQueue')} isOpen={isOpen} onClose={onClose}>
      <QueueForm onDone={onClose} />
    </Dialog>
  )
}

function QueueForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('issues')
  const { id: organizationId } = useOrganization()
  const [key, setKey] = useState('')
  const [name, setName] = useState('')
  const { change, isPending, refusal } = useChange(CreateQueueDocument)
  const create = async () => {
    const { done } = await change({ input: { organizationId, key, name } })
    if (done) onDone()
  }
  return (
    <Form onSubmit={() => void create()} label={t('newQueue')}>
      <RefusalNotice refusal={refusal} shown={['key', 'name']} />
      <TextField
        label={t('queueKey')}
        value={key}
        onChange={setKey}
        hint={t('queueKeyHint')}
        problems={problemsAt(refusal, 'key')}
        isRequired
      />
      <TextField
        label={t('queueName')}
        value={name}
        onChange={setName}
        problems={problemsAt(refusal, 'name')}
        isRequired
      />
      <Button type="submit" look="primary" isPending={isPending}>
        {t('create')}
      </Button>
    </Form>
  )
}
