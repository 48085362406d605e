import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Selection } from 'react-aria-components'
import { Link, useParams } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { usePages } from '../../graphql/pages'
import { Loading } from '../../shell/Loading'
import { NotFound } from '../../shell/NotFound'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Unavailable } from '../../shell/Unavailable'
import { Badge } from '../../ui/Badge'
import { Button } from '../../ui/Button'
import { DataTable, type TableColumn } from '../../ui/DataTable'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useSearch } from '../../ui/useSearch'
import { ACCESS_TONES, STATUS_TONES } from '../people/choices'
import type { PersonRowFragment } from '../people/people.generated'
import { AddMembers, DeleteTeam, RemoveMembers, RenameTeam } from './TeamDeeds'
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
  const may = useMay()
  const [manages, seats] = [may('MEMBER_MANAGE'), may('SEAT_VIEW')]
  const [open, setOpen] = useSearch('dialog')
  const [selected, setSelected] = useState<Selection>(new Set())
  const members = usePages('team', TeamMembersDocument, { teamId: team.id, manages, seats }, (data) =>
    data.node?.__typename === 'Team' ? data.node.members : null,
  )
  const chosen = selected === 'all' ? members.nodes : members.nodes.filter((one) => selected.has(one.id))
  const window = (name: string) => ({
    team,
    isOpen: manages && open === name,
    onClose: () => {
      setOpen('')
    },
  })
  const opener = (name: string) => () => {
    setOpen(name)
  }
  return (
    <Page
      title={team.name}
      lead={t('people', { count: team.memberCount })}
      actions={
        manages && (
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
    >
      {manages && chosen.length > 0 && (
        <Toolbar>
          <Button look="danger" onPress={opener('remove')}>
            {t('remove', { count: chosen.length })}
          </Button>
        </Toolbar>
      )}
      {members.error && <Unavailable error={members.error} onRetry={members.again} />}
      <DataTable
        label={t('membersOf', { name: team.name })}
        columns={useColumns(manages, seats)}
        items={members.nodes}
        isLoading={members.isLoading}
        onLoadMore={members.more}
        {...(manages ? { selected, onSelect: setSelected } : {})}
        empty={<Empty title={t('nobody')}>{manages && t('nobodyHint')}</Empty>}
      />
      <AddMembers {...window('add')} />
      <RenameTeam {...window('rename')} />
      <DeleteTeam {...window('delete')} />
      <RemoveMembers
        {...window('remove')}
        people={chosen}
        onDone={() => {
          setSelected(new Set())
        }}
      />
    </Page>
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
