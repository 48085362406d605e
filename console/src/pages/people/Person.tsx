import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { useFormats } from '../../i18n/format'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { useMay, useOrganization, useOwnMember } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Card, Cards, Facts } from '../../ui/Card'
import { Notice } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { STATUS_TONES } from './choices'
import { PersonDocument, type PersonDetailsFragment } from './person.generated'
import { PersonAccess, PersonSeat } from './PersonAccess'
import { PersonActs } from './PersonActs'
import { PersonEditor } from './PersonEditor'
import { PersonHistory } from './PersonHistory'
import styles from './People.module.css'

/** Everything about one person, as far as the reader may see it. */
export function Person() {
  const { memberId = '' } = useParams()
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const organization = useOrganization()
  const may = useMay()
  const isOwn = useOwnMember()?.id === memberId
  const [manages, seats] = [may('MEMBER_MANAGE') || isOwn, may('SEAT_VIEW') || isOwn]
  const [{ data, error, fetching }, again] = useLiveQuery({
    query: PersonDocument,
    variables: { memberId, manages, seats },
  })
  const person = data?.node?.__typename === 'Member' ? data.node : null
  if (!person && fetching) return <Loading />
  if (!person && error?.networkError) return <Unavailable error={error} onRetry={again} />
  if (person?.organization.id !== organization.id) return <NotFound />
  return (
    <Page
      title={person.name}
      lead={
        <span className={styles.row}>
          <Badge tone={STATUS_TONES[person.status]}>{common(`status.${person.status}`)}</Badge>
          <span>{common(`role.${person.role}`)}</span>
          {person.isRobot && <Badge>{t('robot')}</Badge>}
        </span>
      }
    >
      {person.erasedAt !== null && <Notice title={t('erased')} />}
      <Cards>
        {seats && <PersonAccess person={person} />}
        {seats && <PersonSeat person={person} />}
        <Belongs person={person} />
        {may('MEMBER_MANAGE') && person.erasedAt === null && <PersonEditor key={person.id} person={person} />}
        {may('MEMBER_MANAGE') && person.erasedAt === null && <PersonActs person={person} />}
        {seats && <PersonHistory memberId={person.id} />}
        {!seats && <Unseen />}
      </Cards>
    </Page>
  )
}

function Belongs({ person }: { person: PersonDetailsFragment }) {
  const { t } = useTranslation('people')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  const { department, invitation, email, externalId } = person
  const facts = [
    email === undefined ? null : ([t('email'), email ?? '—'] as const),
    [t('login'), person.login ?? '—'] as const,
    [
      t('department'),
      department ? <Link to={`/o/${slug}/people?department=${department.id}`}>{department.name}</Link> : '—',
    ] as const,
    [
      t('teams'),
      (person.teams ?? []).length === 0 ? (
        '—'
      ) : (
        <span className={styles.people}>
          {(person.teams ?? []).map((team) => (
            <Link key={team.id} to={`/o/${slug}/teams/${team.id}`}>
              {team.name}
            </Link>
          ))}
        </span>
      ),
    ] as const,
    externalId == null ? null : ([t('externalId'), externalId] as const),
    invitation ? ([t('invitedAt'), format.instant(invitation.createdAt, timeZone)] as const) : null,
    invitation ? ([t('invitedUntil'), format.zonedInstant(invitation.expiresAt, timeZone)] as const) : null,
  ]
  return (
    <Card title={t('belongs')}>
      <Facts facts={facts.filter((one) => one !== null)} />
    </Card>
  )
}

/** Who may not see seats is told so, and whom to ask. */
function Unseen() {
  const { t } = useTranslation('people')
  const format = useFormats()
  const { contacts } = useOrganization()
  return (
    <Card title={t('accessTitle')}>
      <p className="soft">{t('unseen', { who: format.list(contacts.map((one) => one.name)) })}</p>
    </Card>
  )
}
