import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { problemsAt, useChange } from '../../graphql/refusals'
import { useSession } from '../../session/Session'
import { useOrganization } from '../../shell/OrganizationShell'
import { Button } from '../../ui/Button'
import { Dialog } from '../../ui/Dialog'
import { TextField } from '../../ui/Field'
import { Notice, RefusalNotice } from '../../ui/Notice'
import { Form } from '../../ui/Page'
import { type Group, GroupField } from '../people/GroupField'
import {
  CreateDepartmentDocument,
  DeleteDepartmentDocument,
  type DepartmentNodeFragment,
  UpdateDepartmentDocument,
} from './departments.generated'
import type { Deed } from './DepartmentTree'

export type Doing = { deed: Exclude<Deed, 'people'>; department: DepartmentNodeFragment | null }

type DeedProps = { doing: Doing; onClose: () => void; onDone: (parentId: string | null) => void }

/** One thing that is done to a department, in a window of its own. */
export function DepartmentDeed({ doing, onClose, onDone }: DeedProps) {
  const { t } = useTranslation('departments')
  const { bump } = useSession()
  const { deed, department } = doing
  const done = (parentId: string | null) => {
    bump()
    onDone(parentId)
    onClose()
  }
  const title = department === null ? t('new') : t(`${deed}Title` as 'renameTitle', { name: department.name })
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      {deed === 'create' && <Create above={department} onDone={done} />}
      {deed === 'rename' && department && <Rename department={department} onDone={done} />}
      {deed === 'move' && department && <Move department={department} onDone={done} />}
      {deed === 'delete' && department && <Delete department={department} onDone={done} />}
    </Dialog>
  )
}

type PartProps = { department: DepartmentNodeFragment; onDone: (parentId: string | null) => void }

function Create({ above, onDone }: { above: DepartmentNodeFragment | null; onDone: PartProps['onDone'] }) {
  const { t } = useTranslation('departments')
  const { id } = useOrganization()
  const [name, setName] = useState('')
  const [parent, setParent] = useState<Group | null>(above)
  const { change, isPending, refusal } = useChange(CreateDepartmentDocument)
  const create = async () => {
    const { done } = await change({ input: { organizationId: id, name, parentId: parent?.id ?? null } })
    if (done) onDone(parent?.id ?? null)
  }
  return (
    <Form onSubmit={() => void create()} label={t('new')}>
      <RefusalNotice refusal={refusal} shown={['name', 'parentId']} />
      <TextField label={t('name')} value={name} onChange={setName} problems={problemsAt(refusal, 'name')} isRequired />
      <Above chosen={parent} onChoose={setParent} problems={problemsAt(refusal, 'parentId')} />
      <Button type="submit" look="primary" isPending={isPending}>
        {t('create')}
      </Button>
    </Form>
  )
}

function Rename({ department, onDone }: PartProps) {
  const { t } = useTranslation('departments')
  const { t: common } = useTranslation()
  const [name, setName] = useState(department.name)
  const { change, isPending, refusal } = useChange(UpdateDepartmentDocument)
  const rename = async () => {
    const { done } = await change({ input: { departmentId: department.id, name } })
    if (done) onDone(null)
  }
  return (
    <Form onSubmit={() => void rename()} label={t('deed.rename')}>
      <RefusalNotice refusal={refusal} shown={['name']} />
      <TextField label={t('name')} value={name} onChange={setName} problems={problemsAt(refusal, 'name')} isRequired />
      <Button type="submit" look="primary" isPending={isPending}>
        {common('save')}
      </Button>
    </Form>
  )
}

function Move({ department, onDone }: PartProps) {
  const { t } = useTranslation('departments')
  const [parent, setParent] = useState<Group | null>(department.parent)
  const { change, isPending, refusal } = useChange(UpdateDepartmentDocument)
  const move = async () => {
    const { done } = await change({ input: { departmentId: department.id, parentId: parent?.id ?? null } })
    if (done) onDone(parent?.id ?? null)
  }
  return (
    <Form onSubmit={() => void move()} label={t('deed.move')}>
      <RefusalNotice refusal={refusal} shown={['parentId', 'name']} />
      <p>{t('moveHint', { count: department.all })}</p>
      <Above
        chosen={parent}
        onChoose={setParent}
        without={[department.id]}
        problems={[...problemsAt(refusal, 'name'), ...problemsAt(refusal, 'parentId')]}
      />
      <Button type="submit" look="primary" isPending={isPending}>
        {t('deed.move')}
      </Button>
    </Form>
  )
}

type AboveProps = {
  chosen: Group | null
  onChoose: (group: Group | null) => void
  without?: readonly string[]
  problems: readonly string[]
}

function Above({ chosen, onChoose, without, problems }: AboveProps) {
  const { t } = useTranslation('departments')
  return (
    <GroupField
      kind="Department"
      label={t('above')}
      hint={t('aboveHint')}
      chosen={chosen}
      onChoose={onChoose}
      {...(without ? { without } : {})}
      problems={problems}
    />
  )
}

function Delete({ department, onDone }: PartProps) {
  const { t } = useTranslation('departments')
  const { change, isPending, refusal } = useChange(DeleteDepartmentDocument)
  const isEmpty = department.childCount === 0 && department.all === 0
  const erase = async () => {
    const { done } = await change({ input: { departmentId: department.id } })
    if (done) onDone(null)
  }
  return (
    <>
      <RefusalNotice refusal={refusal} />
      {isEmpty ? <p>{t('deleteHint')}</p> : <Notice tone="warn" title={t('notEmpty')} />}
      <div>
        <Button look="danger" isPending={isPending} isDisabled={!isEmpty} onPress={() => void erase()}>
          {t('deed.delete')}
        </Button>
      </div>
    </>
  )
}
