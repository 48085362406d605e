import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { UpdateOrganizationDocument } from './settings.generated'

export function Name() {
  const { t } = useTranslation('settings')
  const { t: common } = useTranslation()
  const { id: organizationId, name: before } = useOrganization()
  const [name, setName] = useState(before)
  const { change, isPending, refusal } = useChange(UpdateOrganizationDocument)
  return (
    <Card title={t('name.title')}>
      <Form onSubmit={() => void change({ input: { organizationId, name } })} label={t('name.title')}>
        <RefusalNotice refusal={refusal} shown={['name']} />
        <TextField label={t('name.label')} value={name} onChange={setName} problems={problemsAt(refusal, 'name')} />
        <Button type="submit" isDisabled={name === before} isPending={isPending}>
          {common('save')}
        </Button>
      </Form>
    </Card>
  )
}
