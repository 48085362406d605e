import { useTranslation } from 'react-i18next'
import { useQuery } from 'urql'

import type { IssueField, IssueStatus, IssueType, Priority, Resolution } from '../../graphql/generated/schema'
import { useFormats } from '../../i18n/format'
import { MemberNameDocument } from './issue.generated'

/** A value of the history as the reader says it: the ledger keeps names of the schema, ids of members and days. */
export function ChangedValue({ field, value }: { field: IssueField; value: string | null }) {
  const { t } = useTranslation('issues')
  const format = useFormats()
  if (value === null) return '—'
  switch (field) {
    case 'STATUS':
      return t(`statuses.${value as IssueStatus}`)
    case 'RESOLUTION':
      return t(`resolutions.${value as Resolution}`)
    case 'TYPE':
      return t(`types.${value as IssueType}`)
    case 'PRIORITY':
      return t(`priorities.${value as Priority}`)
    case 'ASSIGNEE':
      return <MemberName memberId={value} />
    case 'DUE_ON':
      return format.day(value, 'UTC')
    default:
      return value
  }
}

function MemberName({ memberId }: { memberId: string }) {
  const [{ data }] = useQuery({ query: MemberNameDocument, variables: { memberId } })
  return data?.node?.__typename === 'Member' ? data.node.name : '…'
}
