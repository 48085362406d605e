import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'

import type { NamedSubjectFragment } from '../../graphql/subject.generated'

/** What a seat comes from, in the reader's words. */
export function useSourceWords() {
  const { t } = useTranslation('impact')
  return useCallback(
    (subject: NamedSubjectFragment) => {
      if (subject.__typename === 'Everyone') return t('source.everyone')
      if (subject.__typename === 'Member') return t('source.member')
      return t(subject.__typename === 'Team' ? 'source.team' : 'source.department', { name: subject.name })
    },
    [t],
  )
}
