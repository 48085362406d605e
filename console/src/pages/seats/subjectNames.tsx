import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

import { Badge } from '../../ui/Badge'
import type { ListedSubjectFragment } from './seats.generated'

type Named =
  | { __typename: 'Everyone' }
  | { __typename: 'Member'; name: string | null; email: string | null }
  | { __typename: 'Team' | 'Department'; name: string }

/** What a subject is called. */
export function useSubjectText() {
  const { t } = useTranslation('seats')
  return useCallback(
    (subject: Named) => {
      if (subject.__typename === 'Everyone') return t('everyone')
      return subject.name ?? (subject.__typename === 'Member' ? subject.email : null) ?? '—'
    },
    [t],
  )
}

/** A subject with its kind, and that it is gone if it is. */
export function useSubjectName() {
  const { t } = useTranslation('seats')
  const textOf = useSubjectText()
  return useCallback(
    (subject: ListedSubjectFragment) => {
      if (subject.__typename === 'Everyone' || subject.__typename === 'Member') return textOf(subject)
      return (
        <>
          <span>{subject.name}</span>
          <Badge>{t(subject.__typename === 'Team' ? 'kind.team' : 'kind.department')}</Badge>
          {subject.deletedAt !== null && <Badge tone="bad">{t('kind.deleted')}</Badge>}
        </>
      )
    },
    [t, textOf],
  )
}
