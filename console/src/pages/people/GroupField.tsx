import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import { useOrganization } from '../../shell/OrganizationShell'
import { ComboBox } from '../../ui/ComboBox'
import { FirstGroupsDocument, GroupNameDocument, GroupSearchDocument } from './people.generated'

export type Group = { id: string; name: string }
type Kind = 'Department' | 'Team'
type Found = Group & { __typename: string; parent?: Group | null }

type GroupFieldProps = {
  kind: Kind
  label: string
  chosen: Group | null
  onChoose: (group: Group | null) => void
  /** Groups that cannot be chosen, as those that are chosen already. */
  without?: readonly string[]
  problems?: readonly string[]
  hint?: string
}

/** A department or a team, found by name on the server; an empty input is none. */
export function GroupField({ kind, label, chosen, onChoose, without = [], problems, hint }: GroupFieldProps) {
  const { t } = useTranslation('people')
  const [text, setText] = useState(chosen?.name ?? '')
  const [seen, setSeen] = useState(chosen)
  if (chosen?.id !== seen?.id || chosen?.name !== seen?.name) {
    setSeen(chosen)
    if (chosen) setText(chosen.name)
  }
  const groups = useGroups(kind, text === chosen?.name ? '' : text).filter((one) => !without.includes(one.id))
  return (
    <ComboBox
      label={label}
      hint={hint}
      text={text}
      onText={(typed) => {
        setText(typed)
        if (typed === '' && chosen) onChoose(null)
      }}
      choices={groups.map((one) => ({
        id: one.id,
        label: one.name,
        ...(one.parent ? { hint: t('below', { name: one.parent.name }) } : {}),
      }))}
      chosen={chosen?.id ?? null}
      onChoose={(id) => {
        const group = groups.find((one) => one.id === id)
        if (!group) return
        onChoose({ id: group.id, name: group.name })
        setText(group.name)
      }}
      problems={problems}
      empty={t('noGroup')}
    />
  )
}

function useGroups(kind: Kind, text: string): Found[] {
  const { slug } = useOrganization()
  const wanted = text.trim()
  const [firsts] = useQuery({ query: FirstGroupsDocument, variables: { slug }, pause: wanted !== '' })
  const [found] = useQuery({ query: GroupSearchDocument, variables: { slug, text: wanted }, pause: wanted === '' })
  const first = firsts.data?.organization
  const all: readonly { __typename: string }[] =
    wanted === ''
      ? [...(first?.departments?.nodes ?? []), ...(first?.teams?.nodes ?? [])]
      : (found.data?.organization?.subjectSearch ?? [])
  return all.filter((one): one is Found => one.__typename === kind)
}

/** The group that an address names. */
export function useGroupOf(id: string): Group | null {
  const organization = useOrganization()
  const [{ data }] = useQuery({ query: GroupNameDocument, variables: { id }, pause: id === '' })
  const node = data?.node
  if (id === '' || !node || !('name' in node) || node.organization.id !== organization.id) return null
  return { id: node.id, name: node.name }
}
