import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useOrganization } from '../../shell/OrganizationShell'
import { ComboBox } from '../../ui/ComboBox'
import { AssigneesDocument } from './issue.generated'

type Person = { id: string; name: string | null }

type AssigneeFieldProps = {
  chosen: Person | null
  onChoose: (person: Person | null) => void
  problems: readonly string[]
}

/** Who works on it: found by name on the server. */
export function AssigneeField({ chosen, onChoose, problems }: AssigneeFieldProps) {
  const { t } = useTranslation('issues')
  const { slug } = useOrganization()
  const [text, setText] = useState(chosen?.name ?? '')
  const [{ data }] = useQuery({ query: AssigneesDocument, variables: { slug, text } })
  const people = data?.organization?.members?.nodes ?? []
  return (
    <ComboBox
      label={t('assignee')}
      hint={t('assigneeHint')}
      text={text}
      onText={(typed) => {
        setText(typed)
        if (typed === '') onChoose(null)
      }}
      choices={people.map((one) => ({ id: one.id, label: one.name ?? '—' }))}
      chosen={chosen?.id ?? null}
      onChoose={(id) => {
        const person = people.find((one) => one.id === id)
        if (!person) return
        onChoose(person)
        setText(person.name ?? '')
      }}
      problems={problems}
    />
  )
}
