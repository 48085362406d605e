import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

import { Badge } from '../../ui/Badge'
import type { ListedSubjectFragment } from './seats.generated'

/** A subject with its kind, and that it is gone if it is. */
export function useSubjectName() {
  const { t } = useTranslation('seats')
  return useCallback(
    (subject: ListedSubjectFragment) => {
      if (subject.__typename === 'Everyone') return t('everyone')
      if (subject.__typename === 'Member') return subject.name ?? subject.email ?? '—'
      return (
        <>
          {subject.name}
          <Badge>{t(subject.__typename === 'Team' ? 'kind.team' : 'kind.department')}</Badge>
          {subject.deletedAt !== null && <Badge tone="bad">{t('kind.deleted')}</Badge>}
        </>
      )
    },
    [t],
  )
}
