import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'

import { useLiveQuery } from '../../graphql/live'
import { usePages } from '../../graphql/pages'
import { useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useSession } from '../../session/Session'
import { ListTable } from '../../shell/ListTable'
import { useMay, useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import type { TableColumn } from '../../ui/DataTable'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Empty } from '../../ui/Notice'
import { Page, Toolbar } from '../../ui/Page'
import { useTypedSearch } from '../../ui/useSearch'
import { NameForm } from './NameForm'
import { CreateTeamDocument, FoundTeamsDocument, type TeamRowFragment, TeamsDocument } from './teams.generated'

/** All teams, by name. */
export function Teams() {
  const { t } = useTranslation('teams')
  const may = useMay()
  const [typed, setTyped, text] = useTypedSearch('text')
  const [isMaking, setMaking] = useState(false)
  const teams = useTeams(text.trim())
  return (
    <Page
      title={t('title')}
      lead={text === '' && teams.totalCount !== null ? t('count', { count: teams.totalCount }) : undefined}
      actions={
        may('MEMBER_MANAGE') && (
          <Button
            look="primary"
            onPress={() => {
              setMaking(true)
            }}
          >
            {t('new')}
          </Button>
        )
      }
    >
      <Toolbar>
        <TextField label={t('search')} type="search" value={typed} onChange={setTyped} />
      </Toolbar>
      <ListTable
        list={teams}
        label={t('title')}
        columns={useColumns()}
        empty={
          <Empty title={t(text === '' ? 'empty' : 'nothingFound')}>
            {text === '' && may('MEMBER_MANAGE') && t('emptyHint')}
          </Empty>
        }
      />
      <NewTeam
        isOpen={isMaking}
        onClose={() => {
          setMaking(false)
        }}
      />
    </Page>
  )
}

/** The list has no search of its own, so what is typed is found by the search for everything, teams alone. */
function useTeams(text: string) {
  const { slug } = useOrganization()
  const all = usePages('teams', TeamsDocument, { slug }, (data) => data.organization?.teams)
  const [found, again] = useLiveQuery({ query: FoundTeamsDocument, variables: { slug, text }, pause: text === '' })
  if (text === '') return all
  const nodes = (found.data?.organization?.subjectSearch ?? []).filter((one) => one.__typename === 'Team')
  return {
    key: `found ${text}`,
    nodes,
    totalCount: nodes.length,
    isLoading: found.fetching,
    error: found.error ?? null,
    again,
  }
}

function useColumns(): TableColumn<TeamRowFragment>[] {
  const { t } = useTranslation('teams')
  const format = useFormats()
  const { slug, timeZone } = useOrganization()
  return [
    {
      id: 'name',
      name: t('name'),
      isRowHeader: true,
      minWidth: 260,
      cell: (team) => <Link to={`/o/${slug}/teams/${team.id}`}>{team.name}</Link>,
    },
    {
      id: 'members',
      name: t('members'),
      width: 140,
      isNumber: true,
      cell: (team) => format.number(team.memberCount),
    },
    { id: 'created', name: t('created'), width: 200, cell: (team) => format.shortDay(team.createdAt, timeZone) },
  ]
}

function NewTeam({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('teams')
  const { id, slug } = useOrganization()
  const { bump } = useSession()
  const navigate = useNavigate()
  const { change, ...made } = useChange(CreateTeamDocument)
  const create = async (name: string) => {
    const { done } = await change({ input: { organizationId: id, name } })
    if (!done) return
    bump()
    void navigate(`/o/${slug}/teams/${done.team.id}`)
  }
  return (
    <Dialog title={t('new')} isOpen={isOpen} onClose={onClose}>
      <NameForm {...made} label={t('new')} send={t('create')} onSend={(name) => void create(name)} />
    </Dialog>
  )
}
