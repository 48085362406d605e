import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import type { Key } from 'react-stately'

import { useLiveQuery } from '../../graphql/live'
import { usePages } from '../../graphql/pages'
import { ListTable } from '../../shell/ListTable'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { ChosenWords } from '../../ui/ChosenWords'
import type { TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { ACCESS_TONES, STATUS_TONES } from '../people/choices'
import type { PersonRowFragment } from '../people/people.generated'
import { AddMembers, DeleteTeam, RemoveMembers, RenameTeam, type WindowProps } from './TeamDeeds'
import { TeamDocument, TeamMembersDocument, type TeamRowFragment } from './teams.generated'

/** One team and who is in it. */
export function Team() {
  const { teamId = '' } = useParams()
  const organization = useOrganization()
  const [{ data, error, fetching }, again] = useLiveQuery({ query: TeamDocument, variables: { teamId } })
  const team = data?.node?.__typename === 'Team' ? data.node : null
  if (!team && fetching) return <Loading />
  if (!team && error?.networkError) return <Unavailable error={error} onRetry={again} />
  if (team?.organization.id !== organization.id || team.deletedAt !== null) return <NotFound />
  return <TeamPage team={team} />
}

function TeamPage({ team }: { team: TeamRowFragment }) {
  const { t } = useTranslation('teams')
  const manages = useMay()('MEMBER_MANAGE')
  const [open, setOpen] = useSearch('dialog')
  const window = (name: string) => ({
    team,
    isOpen: manages && open === name,
    onClose: () => {
      setOpen('')
    },
  })
  return (
    <Page
      title={team.name}
      lead={t('people', { count: team.memberCount })}
      actions={manages && <Openers onOpen={setOpen} />}
    >
      <Members
        {...window('remove')}
        onRemove={() => {
          setOpen('remove')
        }}
      />
      <AddMembers {...window('add')} />
      <RenameTeam {...window('rename')} />
      <DeleteTeam {...window('delete')} />
    </Page>
  )
}

function Openers({ onOpen }: { onOpen: (dialog: string) => void }) {
  const { t } = useTranslation('teams')
  const opener = (name: string) => () => {
    onOpen(name)
  }
  return (
    <>
      <Button look="danger" onPress={opener('delete')}>
        {t('delete')}
      </Button>
      <Button onPress={opener('rename')}>{t('rename')}</Button>
      <Button look="primary" onPress={opener('add')}>
        {t('add')}
      </Button>
    </>
  )
}

/** So many people come or go in one change. */
const MOST_AT_ONCE = 1000

/** Who is in the team; whoever is chosen can be removed. */
function Members({ onRemove, ...window }: WindowProps & { onRemove: () => void }) {
  const { t } = useTranslation('teams')
  const { team } = window
  const may = useMay()
  const [manages, seats] = [may('MEMBER_MANAGE'), may('SEAT_VIEW')]
  const [selected, setSelected] = useState<ReadonlySet<Key>>(new Set())
  const members = usePages('team', TeamMembersDocument, { teamId: team.id, manages, seats }, (data) =>
    data.node?.__typename === 'Team' ? data.node.members : null,
  )
  const chosen = members.nodes.filter((one) => selected.has(one.id))
  return (
    <>
      {manages && chosen.length > 0 && (
        <Toolbar>
          <Button look="danger" isDisabled={chosen.length > MOST_AT_ONCE} onPress={onRemove}>
            {t('remove', { count: chosen.length })}
          </Button>
          <ChosenWords
            chosen={chosen.length}
            fetched={members.nodes.length}
            total={members.totalCount}
            most={MOST_AT_ONCE}
          />
        </Toolbar>
      )}
      <ListTable
        list={members}
        label={t('membersOf', { name: team.name })}
        columns={useColumns(manages, seats)}
        choice={manages ? { chosen: selected, onChoose: setSelected, nameOf: (one) => one.name } : undefined}
        empty={<Empty title={t('nobody')}>{manages && t('nobodyHint')}</Empty>}
      />
      <RemoveMembers
        {...window}
        people={chosen}
        onDone={() => {
          setSelected(new Set())
        }}
      />
    </>
  )
}

function useColumns(manages: boolean, seats: boolean): TableColumn<PersonRowFragment>[] {
  const { t } = useTranslation('teams')
  const { t: common } = useTranslation()
  const { slug } = useOrganization()
  const columns: (TableColumn<PersonRowFragment> | false)[] = [
    {
      id: 'name',
      name: t('name'),
      isRowHeader: true,
      minWidth: 220,
      cell: (person) => (
        <>
          <Link to={`/o/${slug}/people/${person.id}`}>{person.name}</Link>
          {person.status !== 'ACTIVE' && (
            <Badge tone={STATUS_TONES[person.status]}>{common(`status.${person.status}`)}</Badge>
          )}
        </>
      ),
    },
    manages && { id: 'email', name: t('email'), minWidth: 220, cell: (person) => person.email ?? '—' },
    { id: 'department', name: t('department'), minWidth: 160, cell: (person) => person.department?.name ?? '—' },
    seats && {
      id: 'access',
      name: t('access'),
      width: 140,
      cell: (person) => (
        <Badge tone={ACCESS_TONES[person.access ?? 'NONE']}>{common(`access.${person.access ?? 'NONE'}`)}</Badge>
      ),
    },
  ]
  return columns.filter((column) => column !== false)
}
