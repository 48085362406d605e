import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useQuery } from 'urql'

import { type Refusal, useChange } from '../../graphql/refusals'
import { useFormats } from '../../i18n/format'
import { useSession } from '../../session/Session'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { ComboBox } from '../../ui/ComboBox'
import { Dialog } from '../../ui/Dialog'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { PeopleSearchDocument } from '../people/people.generated'
import { Chosen } from '../people/TeamsField'
import { WhatIf } from '../people/WhatIf'
import { NameForm } from './NameForm'
import { DeleteTeamDocument, type TeamRowFragment, UpdateTeamDocument } from './teams.generated'

export type WindowProps = { team: TeamRowFragment; isOpen: boolean; onClose: () => void }

type Someone = { id: string; name: string }

/** Several people join at once; what that does to seats and money is shown before. */
export function AddMembers({ team, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('teams')
  const { bump } = useSession()
  const [people, setPeople] = useState<Someone[]>([])
  const { change, isPending, refusal, forget } = useChange(UpdateTeamDocument)
  const close = () => {
    setPeople([])
    forget()
    onClose()
  }
  const add = async () => {
    const { done } = await change({ input: { teamId: team.id, addMemberIds: people.map((one) => one.id) } })
    if (!done) return
    bump()
    close()
  }
  const set = (chosen: Someone[]) => {
    forget()
    setPeople(chosen)
  }
  return (
    <Dialog title={t('addTitle', { name: team.name })} isOpen={isOpen} onClose={close}>
      <Refused refusal={refusal} people={people} field="addMemberIds" words={t('isInIt')} />
      <PersonField
        key={people.length}
        without={people}
        onChoose={(one) => {
          set([...people, one])
        }}
      />
      <Chosen
        label={t('chosen')}
        items={people}
        onRemove={(id) => {
          set(people.filter((one) => one.id !== id))
        }}
      />
      {people.length > 0 && (
        <WhatIf change={{ joinTeams: people.map((one) => ({ memberId: one.id, teamId: team.id })) }} />
      )}
      <div>
        <Button look="primary" isPending={isPending} isDisabled={people.length === 0} onPress={() => void add()}>
          {t('addCount', { count: people.length })}
        </Button>
      </div>
    </Dialog>
  )
}

/** Each person who stands in the way, by name. */
function Refused(props: { refusal: Refusal | null; people: readonly Someone[]; field: string; words: string }) {
  const { refusal, people, field, words } = props
  const { t } = useTranslation('teams')
  const format = useFormats()
  if (!refusal) return null
  const places = refusal.problems.filter((one) => one.path[1] === field).map((one) => Number(one.path[2]))
  const names = places.map((place) => people[place]?.name).filter((name) => name !== undefined)
  if (names.length === 0) return <RefusalNotice refusal={refusal} />
  return (
    <Notice tone="bad" title={t('refused')}>
      {words} {format.list(names)}
    </Notice>
  )
}

function PersonField({ without, onChoose }: { without: readonly Someone[]; onChoose: (one: Someone) => void }) {
  const { t } = useTranslation('teams')
  const { slug } = useOrganization()
  const [text, setText] = useState('')
  const [{ data }] = useQuery({ query: PeopleSearchDocument, variables: { slug, text } })
  const found = (data?.organization?.members?.nodes ?? []).filter((one) => !without.some((two) => two.id === one.id))
  return (
    <ComboBox
      label={t('person')}
      hint={t('personHint')}
      text={text}
      onText={setText}
      choices={found.map((one) => ({
        id: one.id,
        label: one.name,
        ...(one.department ? { hint: one.department.name } : {}),
      }))}
      chosen={null}
      onChoose={(id) => {
        const person = found.find((one) => one.id === id)
        if (person) onChoose({ id: person.id, name: person.name })
      }}
      empty={t('nobodyFound')}
    />
  )
}

/** So many are named, and the others counted. */
const MOST_NAMED = 20

type RemoveProps = WindowProps & { people: readonly Someone[]; onDone: () => void }

export function RemoveMembers({ team, people, isOpen, onClose, onDone }: RemoveProps) {
  const { t } = useTranslation('teams')
  const { bump } = useSession()
  const format = useFormats()
  const { change, isPending, refusal } = useChange(UpdateTeamDocument)
  const names = people.slice(0, MOST_NAMED).map((one) => one.name)
  const others = people.length - names.length
  const remove = async () => {
    const { done } = await change({ input: { teamId: team.id, removeMemberIds: people.map((one) => one.id) } })
    if (!done) return
    bump()
    onDone()
    onClose()
  }
  return (
    <Dialog title={t('removeTitle', { name: team.name })} isOpen={isOpen} onClose={onClose}>
      <Refused refusal={refusal} people={people} field="removeMemberIds" words={t('isNotInIt')} />
      <p>{format.list(others > 0 ? [...names, t('others', { count: others })] : names)}</p>
      {people.length > 0 && (
        <WhatIf change={{ leaveTeams: people.map((one) => ({ memberId: one.id, teamId: team.id })) }} />
      )}
      <div>
        <Button look="danger" isPending={isPending} isDisabled={people.length === 0} onPress={() => void remove()}>
          {t('remove', { count: people.length })}
        </Button>
      </div>
    </Dialog>
  )
}

export function RenameTeam({ team, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('teams')
  const { t: common } = useTranslation()
  const { bump } = useSession()
  const { change, ...renamed } = useChange(UpdateTeamDocument)
  const rename = async (name: string) => {
    const { done } = await change({ input: { teamId: team.id, name } })
    if (!done) return
    bump()
    onClose()
  }
  return (
    <Dialog title={t('renameTitle', { name: team.name })} isOpen={isOpen} onClose={onClose}>
      <NameForm
        {...renamed}
        label={t('rename')}
        send={common('save')}
        initial={team.name}
        onSend={(name) => void rename(name)}
      />
    </Dialog>
  )
}

export function DeleteTeam({ team, isOpen, onClose }: WindowProps) {
  const { t } = useTranslation('teams')
  const { slug } = useOrganization()
  const { bump } = useSession()
  const navigate = useNavigate()
  const { change, isPending, refusal } = useChange(DeleteTeamDocument)
  const erase = async () => {
    const { done } = await change({ input: { teamId: team.id } })
    if (!done) return
    bump()
    void navigate(`/o/${slug}/teams`, { replace: true })
  }
  return (
    <Dialog title={t('deleteTitle', { name: team.name })} isOpen={isOpen} onClose={onClose}>
      <RefusalNotice refusal={refusal} />
      <p>{t('deleteHint', { count: team.memberCount })}</p>
      <div>
        <Button look="danger" isPending={isPending} onPress={() => void erase()}>
          {t('delete')}
        </Button>
      </div>
    </Dialog>
  )
}
