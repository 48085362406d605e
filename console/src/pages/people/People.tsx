import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { usePages } from '../../graphql/pages'
import { useFormats } from '../../i18n/format'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Badge } from '../../ui/Badge'
import { Button, ButtonLink } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { ACCESS_TONES, STATUS_TONES } from './choices'
import { Invite } from './Invite'
import { PeopleDocument, type PersonRowFragment } from './people.generated'
import { PeopleFilters, useAsked } from './PeopleFilters'
import styles from './People.module.css'

/** Everybody in the organization, found and ordered by the server; who may see less sees fewer columns. */
export function People() {
  const { t } = useTranslation('people')
  const { slug } = useOrganization()
  const may = useMay()
  const [manages, seats] = [may('MEMBER_MANAGE'), may('SEAT_VIEW')]
  const { filter, orderBy, isFiltered } = useAsked()
  const people = usePages(
    'people',
    PeopleDocument,
    { slug, filter, orderBy, manages, seats },
    (data) => data.organization?.members,
  )
  const columns = useColumns(manages, seats)
  const [open, setOpen] = useSearch('dialog')
  return (
    <Page
      title={t('title')}
      lead={people.totalCount === null ? undefined : t(isFiltered ? 'found' : 'count', { count: people.totalCount })}
      actions={
        manages && (
          <>
            <ButtonLink to={`/o/${slug}/roster`}>{t('byRoster')}</ButtonLink>
            <Button
              look="primary"
              onPress={() => {
                setOpen('invite')
              }}
            >
              {t('invite.title')}
            </Button>
          </>
        )
      }
    >
      <PeopleFilters hasSeats={seats} />
      <ListTable
        list={people}
        label={t('title')}
        columns={columns}
        empty={
          <Empty title={t(isFiltered ? 'nobodyFound' : 'nobody')}>
            {isFiltered ? t('nobodyFoundHint') : undefined}
          </Empty>
        }
      />
      <Invite
        isOpen={manages && open === 'invite'}
        onClose={() => {
          setOpen('')
        }}
      />
    </Page>
  )
}

function useColumns(manages: boolean, seats: boolean): TableColumn<PersonRowFragment>[] {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const format = useFormats()
  const columns: (TableColumn<PersonRowFragment> | false)[] = [
    { id: 'name', name: t('name'), isRowHeader: true, minWidth: 160, cell: (person) => <Name person={person} /> },
    manages && { id: 'email', name: t('email'), minWidth: 150, cell: (person) => person.email ?? '—' },
    {
      id: 'role',
      name: t('role'),
      width: 148,
      cell: (person) => <span className="two-lines">{common(`role.${person.role}`)}</span>,
    },
    {
      id: 'department',
      name: t('department'),
      minWidth: 104,
      cell: (person) => person.department?.name ?? '—',
    },
    {
      id: 'teams',
      name: t('teams'),
      minWidth: 104,
      cell: (person) => format.list((person.teams ?? []).map((one) => one.name)) || '—',
    },
    seats && { id: 'access', name: t('access'), width: 152, cell: (person) => <AccessBadge person={person} /> },
    seats && { id: 'seat', name: t('seat'), width: 146, cell: (person) => <SeatWords person={person} /> },
  ]
  return columns.filter((column) => column !== false)
}

function Name({ person }: { person: PersonRowFragment }) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const { slug } = useOrganization()
  return (
    <span className={styles.name}>
      <Link to={`/o/${slug}/people/${person.id}`}>{person.name}</Link>
      {person.isRobot && <Badge>{t('robot')}</Badge>}
      {person.status !== 'ACTIVE' && (
        <Badge tone={STATUS_TONES[person.status]}>{common(`status.${person.status}`)}</Badge>
      )}
    </span>
  )
}

function AccessBadge({ person }: { person: PersonRowFragment }) {
  const { t } = useTranslation()
  const access = person.access ?? 'NONE'
  return <Badge tone={ACCESS_TONES[access]}>{t(`access.${access}`)}</Badge>
}

function SeatWords({ person }: { person: PersonRowFragment }) {
  const { t } = useTranslation('people')
  const format = useFormats()
  const { timeZone } = useOrganization()
  if (person.seat) return t('seatSince', { at: format.shortDay(person.seat.grantedAt, timeZone) })
  if ((person.waiting ?? []).length > 0) return <Badge tone="warn">{t('waits')}</Badge>
  return <span className="soft">{t('noSeat')}</span>
}
