import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { MemberUpdateInput, Role } from '../../graphql/generated/schema'
import { problemsAt, useChange } from '../../graphql/refusals'
import { useSession } from '../../session/Session'
import { MayNot } from '../../shell/MayNot'
import { useOwnMember } from '../../shell/OrganizationShell'
import { OWNERS } from '../../shell/useContacts'
import { Button } from '../../ui/Button'
import { Card } from '../../ui/Card'
import { Select, TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { GIVES, ROLES } from './choices'
import { type Group, GroupField } from './GroupField'
import { type PersonDetailsFragment, UpdatePersonDocument } from './person.generated'
import { WhatIf } from './WhatIf'

const SHOWN = ['name', 'login', 'role', 'departmentId']

/** Name, login, role and department; a move shows first what it does to seats and money. */
export function PersonEditor({ person }: { person: PersonDetailsFragment }) {
  const { t } = useTranslation('people')
  const own = useOwnMember()
  const roles = own ? GIVES[own.role] : ROLES
  return (
    <Card title={t('edit.title')}>
      {roles.includes(person.role) ? (
        <EditForm person={person} roles={roles} />
      ) : (
        <MayNot roles={OWNERS}>{t('edit.above')}</MayNot>
      )}
    </Card>
  )
}

function EditForm({ person, roles }: { person: PersonDetailsFragment; roles: readonly Role[] }) {
  const { t } = useTranslation('people')
  const { t: common } = useTranslation()
  const { bump } = useSession()
  const [name, setName] = useState(person.name)
  const [login, setLogin] = useState(person.login ?? '')
  const [role, setRole] = useState<Role>(person.role)
  const [department, setDepartment] = useState<Group | null>(person.department)
  const [isSaved, setSaved] = useState(false)
  const { change, isPending, refusal } = useChange(UpdatePersonDocument)
  const isMoved = department?.id !== person.department?.id
  const input = changesOf(person, { name, login, role, departmentId: department?.id ?? null })
  const save = async () => {
    setSaved(false)
    const { done } = await change({ input })
    if (!done) return
    bump()
    setSaved(true)
  }
  return (
    <Form onSubmit={() => void save()} label={t('edit.title')}>
      <RefusalNotice refusal={refusal} shown={SHOWN} />
      <TextField label={t('name')} value={name} onChange={setName} problems={problemsAt(refusal, 'name')} />
      <TextField
        label={t('login')}
        value={login}
        onChange={setLogin}
        hint={t('edit.loginHint')}
        problems={problemsAt(refusal, 'login')}
      />
      <Select
        label={t('role')}
        value={role}
        onChange={setRole}
        choices={roles.map((one) => ({ id: one, label: common(`role.${one}`) }))}
        problems={problemsAt(refusal, 'role')}
      />
      {!person.isRobot && (
        <GroupField
          kind="Department"
          label={t('department')}
          chosen={department}
          onChoose={setDepartment}
          problems={problemsAt(refusal, 'departmentId')}
        />
      )}
      {isMoved && person.status === 'ACTIVE' && (
        <WhatIf change={{ moveMembers: [{ memberId: person.id, departmentId: department?.id ?? null }] }} />
      )}
      {isSaved && Object.keys(input).length === 1 && <Notice tone="good" title={t('edit.saved')} />}
      <Button type="submit" look="primary" isPending={isPending} isDisabled={Object.keys(input).length === 1}>
        {common('save')}
      </Button>
    </Form>
  )
}

type Wanted = { name: string; login: string; role: Role; departmentId: string | null }

/** Only what was changed is sent: what somebody else changed meanwhile stays. */
function changesOf(person: PersonDetailsFragment, wanted: Wanted): MemberUpdateInput {
  return {
    memberId: person.id,
    ...(wanted.name === person.name ? {} : { name: wanted.name }),
    ...(wanted.login === (person.login ?? '') ? {} : { login: wanted.login.trim() === '' ? null : wanted.login }),
    ...(wanted.role === person.role ? {} : { role: wanted.role }),
    ...(wanted.departmentId === (person.department?.id ?? null) ? {} : { departmentId: wanted.departmentId }),
  }
}
