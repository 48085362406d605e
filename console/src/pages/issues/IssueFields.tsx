import { useTranslation } from 'react-i18next'

import type { IssueType, Priority } from '../../graphql/generated/schema'
import { problemsAt, type Refusal } from '../../graphql/refusals'
import { Select, TextField } from '../../ui/Field'
import { PRIORITIES, TYPES } from './choices'

/** What every issue has from the beginning. */
export type Draft = { summary: string; description: string; type: IssueType; priority: Priority }

type IssueFieldsProps = { draft: Draft; onChange: (draft: Draft) => void; refusal: Refusal | null }

export function IssueFields({ draft, onChange, refusal }: IssueFieldsProps) {
  const { t } = useTranslation('issues')
  const field = <Name extends keyof Draft>(name: Name) => ({
    label: t(name as keyof Draft),
    value: draft[name],
    onChange: (value: Draft[Name]) => {
      onChange({ ...draft, [name]: value })
    },
    problems: problemsAt(refusal, name),
  })
  return (
    <>
      <TextField {...field('summary')} isRequired />
      <TextField {...field('description')} isMultiline />
      <Select {...field('type')} choices={TYPES.map((id) => ({ id, label: t(`types.${id}`) }))} />
      <Select {...field('priority')} choices={PRIORITIES.map((id) => ({ id, label: t(`priorities.${id}`) }))} />
    </>
  )
}
