import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { useOrganization } from '../../shell/OrganizationShell'
import type { SeatSourceFragment } from '../access/access.generated'

/** What a seat comes from, with a way there. */
export function Source({ source }: { source: SeatSourceFragment }) {
  const { t } = useTranslation('people')
  const { slug } = useOrganization()
  const { subject } = source
  switch (subject.__typename) {
    case 'Member':
      return t('source.member')
    case 'Team':
      return <Link to={`/o/${slug}/teams/${subject.id}`}>{t('source.team', { name: subject.name })}</Link>
    case 'Department':
      return (
        <Link to={`/o/${slug}/people?department=${subject.id}`}>{t('source.department', { name: subject.name })}</Link>
      )
    case 'Everyone':
      return t('source.everyone')
  }
}

export function Sources({ sources }: { sources: readonly SeatSourceFragment[] }) {
  return (
    <ul>
      {sources.map((source) => (
        <li key={source.id}>
          <Source source={source} />
        </li>
      ))}
    </ul>
  )
}
