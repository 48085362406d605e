import { useTranslation } from 'react-i18next'

import { useFormats } from '../../i18n/format'
import type { PeakFactsFragment } from './bill.generated'
import { causeParts } from './cause'

/** Who made the change that raised a peak, and what it did, in the reader's language. */
export function useCause(cause: PeakFactsFragment['raisedBy']): { who: string; what: string } {
  const say = useActor()
  const whatOf = useWhat()
  if (!cause) return { who: '', what: '' }
  return { who: cause.member?.name ?? say(cause.actor), what: whatOf(cause.description) }
}

/** A change of seats, which the ledger describes in English: also what began or ended somebody's seat. */
export function useWhat(): (description: string) => string {
  const { t } = useTranslation('billing')
  const format = useFormats()
  return (description) => {
    const parts = causeParts(description)?.map((part) =>
      part.count === null ? t(`cause.${part.key}`) : t(`cause.${part.key}`, { count: part.count }),
    )
    return parts ? format.list(parts) : description
  }
}

/** As many letters of an id as documents on paper have. */
const SHORT = 8

/** An actor as it is recorded: "operator:anna", "system:close". */
function useActor(): (actor: string) => string {
  const { t } = useTranslation('billing')
  return (actor) => {
    const [kind = '', name = ''] = actor.split(/:(.*)/s)
    switch (kind) {
      case 'member':
      case 'invited':
        return t('actor.member')
      case 'operator':
        return t('actor.operator', { name: name.slice(0, SHORT) })
      case 'system':
        return t('actor.system')
      default:
        return actor
    }
  }
}
