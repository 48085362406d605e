import type { TFunction } from 'i18next'

import type { SeatSourceFragment } from './access.generated'

/** What a seat comes from, in words: the team "Support". */
export function sourceName(t: TFunction<'access'>, source: SeatSourceFragment): string {
  const { subject } = source
  switch (subject.__typename) {
    case 'Member':
      return t('source.member')
    case 'Team':
      return t('source.team', { name: subject.name })
    case 'Department':
      return t('source.department', { name: subject.name })
    case 'Everyone':
      return t('source.everyone')
  }
}
