import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, type Refusal } from '../../graphql/refusals'
import { Button } from '../../ui/Button'
import { TextField } from '../../ui/Field'
import { RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'

type NameFormProps = {
  label: string
  send: string
  initial?: string
  isPending: boolean
  refusal: Refusal | null
  onSend: (name: string) => void
}

/** What a team is called, unlike any other. */
export function NameForm({ label, send, initial = '', isPending, refusal, onSend }: NameFormProps) {
  const { t } = useTranslation('teams')
  const [name, setName] = useState(initial)
  return (
    <Form
      label={label}
      onSubmit={() => {
        onSend(name)
      }}
    >
      <RefusalNotice refusal={refusal} shown={['name']} />
      <TextField label={t('name')} value={name} onChange={setName} problems={problemsAt(refusal, 'name')} isRequired />
      <Button type="submit" look="primary" isPending={isPending}>
        {send}
      </Button>
    </Form>
  )
}
