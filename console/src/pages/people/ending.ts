import { useTranslation } from 'react-i18next'

import { useWhat } from '../billing/useCause'
import type { SpanDetailsFragment } from './person.generated'

/** What the ledger says of others, as of somebody's own here; of the rest as of any change. */
const REASONS: Record<string, string> = {
  'team was deleted': 'teamDeleted',
  'was erased': 'erased',
  'invitation was revoked': 'revoked',
  'joined a team': 'joinedTeam',
  'left a team': 'leftTeam',
  'moved to another department': 'moved',
  'was deactivated': 'deactivated',
}

/** By whom and why a seat ended. */
export function useEnding() {
  const { t } = useTranslation('people')
  const whatOf = useWhat()
  return {
    why: ({ endReason }: SpanDetailsFragment) => {
      const known = endReason === null ? undefined : REASONS[endReason]
      return known ? t(`endReason.${known as 'moved'}`) : whatOf(endReason ?? '')
    },
    who: ({ endedByMember, endedBy }: SpanDetailsFragment) => {
      if (endedByMember) return endedByMember.name
      const kind = (endedBy ?? '').split(':')[0]
      return kind === 'operator' ? t('byOperator') : kind === 'partner' ? t('byPartner') : t('bySystem')
    },
  }
}
